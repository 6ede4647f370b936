import {checkText} from '../../core/checks/checkForm';
import {checkGiven} from '../../core/checks/checkGiven';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {isShaped, type StateDict, type StateTensor} from './stateTensor';

const WHERE = 'writeSafetensors';

/**
 * Writes a safetensors file, which Python reads with `safetensors.torch.load_file`. Float32 values
 * become F32, float64 F64 and 64-bit integers I64.
 *
 * @param tensors - By name, such as {@link stateDict} gives.
 * @param metadata - Free-form notes. With `format: pt` the tensors are read as PyTorch's.
 * @returns The whole file. Equal tensors in equal order give equal bytes.
 * @throws {@link InvalidArgumentError} if a shape does not fit its values, a tensor is named
 *   `__metadata__`, or a note is no text.
 * @see https://huggingface.co/docs/safetensors, "Format".
 * @example
 * ```ts
 * import {writeSafetensors} from 'lt-robust/models';
 *
 * const bias = {shape: [2], values: new Float32Array([1, 2])};
 * const file = writeSafetensors(new Map([['fc.bias', bias]]));
 * file.length; // => 80 = 8 + 64 of header + 2 * 4
 * ```
 */
export function writeSafetensors(
  tensors: StateDict,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const isMap = (value: unknown) => value instanceof Map;
  const remedy = 'Pass what stateDict gives.';
  checkGiven(WHERE, 'tensors', tensors, isMap(tensors), 'be a Map of tensors by name', remedy);
  checkGiven(WHERE, 'metadata', metadata, isMap(metadata), 'be a Map of texts', 'Pass new Map().');
  tensors.forEach(checkTensor);
  metadata.forEach((note, key) => {
    checkText(WHERE, 'a name in metadata', key);
    checkText(WHERE, `metadata["${key}"]`, note);
  });
  // 8-byte numbers first: all values then start at a multiple of their size.
  const entries = [...tensors].sort(
    ([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT,
  );
  let position = 0;
  const header: [string, unknown][] =
    metadata.size === 0 ? [] : [['__metadata__', fields(metadata)]];
  for (const [name, {shape, values}] of entries) {
    const end = position + values.byteLength;
    header.push([name, {dtype: typeOf(values), shape, data_offsets: [position, end]}]);
    position = end;
  }
  const text = JSON.stringify(fields(header));
  const unpadded = new TextEncoder().encode(text);
  const dataStart = 8 + Math.ceil(unpadded.length / 8) * 8;
  const file = new Uint8Array(dataStart + position);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.fill(0x20, 8, dataStart); // padded with spaces
  file.set(unpadded, 8);
  let offset = dataStart;
  for (const [, {values}] of entries) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

// An object that may have any key: plain assignment to "__proto__" would be lost.
function fields<T>(entries: Iterable<readonly [string, T]>): object {
  return Object.fromEntries(entries);
}

function typeOf(values: StateTensor['values']): 'F32' | 'F64' | 'I64' {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Float64Array ? 'F64' : 'I64';
}

const isStored = (values: unknown): values is StateTensor['values'] =>
  [Float32Array, Float64Array, BigInt64Array].some((kind) => values instanceof kind);

const isLength = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

function checkTensor(tensor: unknown, name: unknown): void {
  checkText(WHERE, 'a name in tensors', name);
  const fail = (expected: string, found: string): never => {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: `tensors["${String(name)}"]`,
      expected,
      found,
      remedy: 'Pass what stateDict or readSafetensors gives.',
    });
  };
  if (name === '__metadata__') fail('have another name', 'the one of the metadata');
  if (!isShaped(tensor)) return fail('be {shape, values}, the shape a list', describeValue(tensor));
  const {values} = tensor;
  if (!isStored(values)) {
    const expected = 'have values in a Float32Array, Float64Array or BigInt64Array';
    return fail(expected, describeValue(values));
  }
  const shape = Array.from(tensor.shape);
  if (!shape.every(isLength)) {
    return fail('have a shape of integers >= 0', describeValue(tensor.shape));
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== values.length) {
    fail(`have ${size} values for the shape [${shape.join(', ')}]`, String(values.length));
  }
}
