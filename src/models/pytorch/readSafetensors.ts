import {checkText} from '../../core/checks/checkForm';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {decodeBfloat16, decodeFloat16} from './halfPrecision';
import {parseHeader, type TensorEntry} from './safetensorsHeader';
import type {StateDict, StateTensor} from './stateTensor';

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name, in the order of the header. */
  readonly tensors: StateDict;
  /** Free-form notes; Python writes `format: pt`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file, the format in which PyTorch weights travel without pickles. In Python:
 * `safetensors.torch.save_file(model.state_dict(), 'model.safetensors')`.
 *
 * F32, F64 and I64 are given as they are, F16 and BF16 as float32; other types are refused. `NaN`
 * and infinite values are kept: {@link loadStateDict} refuses them.
 *
 * @param file - The whole file. Values may share memory with it: leave it unchanged.
 * @param source - Its name, for error messages.
 * @returns See {@link Safetensors}.
 * @throws {@link DataFormatError} if the header is no valid one, or the data have a gap, an overlap
 *   or another length than it says; with the byte and the tensor's name.
 * @see https://huggingface.co/docs/safetensors, "Format".
 * @example
 * ```ts
 * import {readSafetensors, writeSafetensors} from 'lt-robust/models';
 *
 * const weight = {shape: [1, 2], values: new Float32Array([3, 4])};
 * const file = writeSafetensors(new Map([['fc.weight', weight]]));
 * const {tensors} = readSafetensors(file);
 * tensors.get('fc.weight')?.values; // => [3, 4]
 * ```
 */
export function readSafetensors(
  file: ArrayBuffer | Uint8Array,
  source = 'safetensors',
): Safetensors {
  checkText('readSafetensors', 'source', source);
  const bytes = bytesOf(file);
  const {entries, metadata} = parseHeader(bytes, source);
  const tensors = new Map<string, StateTensor>();
  for (const entry of entries) {
    tensors.set(entry.name, {shape: entry.shape, values: valuesOf(bytes, entry)});
  }
  return {tensors, metadata};
}

function bytesOf(file: unknown): Uint8Array {
  if (file instanceof Uint8Array) return file;
  // By name: the buffer may come from another realm, an iframe or a vm.
  if (Object.prototype.toString.call(file) === '[object ArrayBuffer]') {
    return new Uint8Array(file as ArrayBuffer);
  }
  throw new InvalidArgumentError({
    where: 'readSafetensors',
    argument: 'file',
    expected: 'be the bytes of a file, a Uint8Array or an ArrayBuffer',
    found: describeValue(file),
    remedy: 'In Node pass what fs.readFile gives; in a browser, await response.arrayBuffer().',
  });
}

function valuesOf(bytes: Uint8Array, {dtype, begin, end}: TensorEntry): StateTensor['values'] {
  // A typed array starts at a multiple of its element size, which a file need not respect.
  const start = bytes.byteOffset + begin;
  const isAligned = start % 8 === 0;
  // Copied: slice() of a Node Buffer is a view of its pool.
  const buffer = isAligned ? bytes.buffer : new Uint8Array(bytes.subarray(begin, end)).buffer;
  const offset = isAligned ? start : 0;
  const length = end - begin;
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer, offset, length / 8);
    case 'I64':
      return new BigInt64Array(buffer, offset, length / 8);
    case 'F32':
      return new Float32Array(buffer, offset, length / 4);
    case 'F16':
      return decodeFloat16(new Uint16Array(buffer, offset, length / 2));
    case 'BF16':
      return decodeBfloat16(new Uint16Array(buffer, offset, length / 2));
  }
}
