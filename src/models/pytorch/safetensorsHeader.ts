import {DataFormatError} from '../../core/errors';

/** Types of numbers that are read, and their bytes. */
export const BYTES_OF = {F64: 8, I64: 8, F32: 4, F16: 2, BF16: 2};

/** A type of numbers that is read. */
export type StoredType = keyof typeof BYTES_OF;

/** What the header says of one tensor, checked. */
export interface TensorEntry {
  /** Its name. */
  readonly name: string;
  /** Type of its numbers. */
  readonly dtype: StoredType;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Its first byte, from the start of the file. */
  readonly begin: number;
  /** The byte behind its last. */
  readonly end: number;
}

/** The longest header that the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

/** Where the header starts: behind its length. */
const HEADER_START = 8;

/**
 * Reads and checks the header of a safetensors file: JSON, a known type and a shape for each tensor,
 * and data that fill the rest of the file without gap or overlap.
 *
 * @param bytes - The whole file.
 * @param source - Its name, for error messages.
 * @returns The tensors in the header's order, and its free-form metadata.
 * @throws {@link DataFormatError} with the byte where the first problem is.
 */
export function parseHeader(
  bytes: Uint8Array,
  source: string,
): {entries: TensorEntry[]; metadata: Map<string, string>} {
  const dataStart = HEADER_START + headerLength(bytes, source);
  const text = decode(bytes.slice(HEADER_START, dataStart), source);
  const fail: Fail = (name, field, expected, found) => {
    const key = name === undefined ? -1 : text.indexOf(JSON.stringify(name));
    const before = new TextEncoder().encode(text.slice(0, Math.max(0, key)));
    const subject = [name === undefined ? 'the header' : `"${name}"`, field].filter(Boolean);
    throw new DataFormatError({
      source,
      offset: HEADER_START + before.length,
      expected: `${subject.join(', ')}: ${expected}`,
      found,
    });
  };
  const {__metadata__: free, ...tensors} = parseObject(text, fail);
  const metadata = metadataOf(free, fail);
  const entries = Object.entries(tensors).map(([name, value]) =>
    entryOf(name, value, dataStart, fail),
  );
  checkNamedOnce(text, entries, metadata, fail);
  checkExtents(entries, dataStart, bytes.length, source);
  return {entries, metadata};
}

type Fail = (
  name: string | undefined,
  field: string | undefined,
  expected: string,
  found: string,
) => never;

function headerLength(bytes: Uint8Array, source: string): number {
  if (bytes.length < HEADER_START) {
    throw new DataFormatError({
      source,
      offset: bytes.length,
      expected: 'the length of the header, 8 bytes',
      found: 'the end of the file',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    const isZip = view.getUint32(0, true) === 0x04034b50;
    throw new DataFormatError({
      source,
      offset: 0,
      expected: `a header of at most ${MAX_HEADER} bytes`,
      found: isZip
        ? 'a file of torch.save: convert it with safetensors.torch.save_file in Python'
        : `a length of ${length}`,
    });
  }
  if (Number(length) > bytes.length - HEADER_START) {
    throw new DataFormatError({
      source,
      offset: bytes.length,
      expected: `a header of ${length} bytes`,
      found: 'the end of the file',
    });
  }
  return Number(length);
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    throw new DataFormatError({
      source,
      offset: HEADER_START,
      expected: 'a header in UTF-8',
      found: 'other bytes',
    });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value from JSON in a few words. */
function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function parseObject(text: string, fail: Fail): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    return fail(undefined, undefined, 'a JSON object', (error as Error).message);
  }
  if (!text.startsWith('{') || !isObject(header)) {
    return fail(undefined, undefined, 'a JSON object that starts at once', show(header));
  }
  return header;
}

function metadataOf(value: unknown, fail: Fail): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isObject(value)) return fail('__metadata__', undefined, 'an object', show(value));
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return fail('__metadata__', key, 'a string', show(text));
    metadata.set(key, text);
  }
  return metadata;
}

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const isType = (value: unknown): value is StoredType =>
  typeof value === 'string' && Object.hasOwn(BYTES_OF, value);

function entryOf(name: string, value: unknown, dataStart: number, fail: Fail): TensorEntry {
  if (!isObject(value)) return fail(name, undefined, 'an object', show(value));
  const {dtype, shape, data_offsets: offsets} = value;
  if (!isType(dtype)) {
    return fail(name, 'dtype', `one of ${Object.keys(BYTES_OF).join(', ')}`, show(dtype));
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return fail(name, 'shape', 'a list of integers >= 0', show(shape));
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return fail(name, 'data_offsets', 'two integers >= 0', show(offsets));
  }
  const [begin = 0, end = 0] = offsets as number[];
  const size = (shape as number[]).reduce((product, length) => product * length, BYTES_OF[dtype]);
  if (end - begin !== size) {
    const expected = `${size} bytes apart, for ${dtype} [${shape.join(', ')}]`;
    return fail(name, 'data_offsets', expected, show(offsets));
  }
  return {name, dtype, shape: shape as number[], begin: dataStart + begin, end: dataStart + end};
}

// JSON.parse keeps the last of two equal names, and would hide the first. Each tensor has one field
// of offsets, so that these can be counted in the text; a quote inside of a string is escaped.
function checkNamedOnce(
  text: string,
  entries: readonly TensorEntry[],
  metadata: ReadonlyMap<string, string>,
  fail: Fail,
): void {
  const found = text.match(/(?<!\\)"data_offsets"\s*:/g)?.length ?? 0;
  const names = [...entries.map(({name}) => name), ...metadata.keys()];
  const namesakes = names.filter((name) => name === 'data_offsets').length;
  if (found === entries.length + namesakes) return;
  const expected = `${entries.length} tensors, each named once`;
  fail(undefined, undefined, expected, `${found - namesakes} data_offsets`);
}

function checkExtents(
  entries: readonly TensorEntry[],
  dataStart: number,
  fileLength: number,
  source: string,
): void {
  let position = dataStart;
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const {name, begin, end} of inOrder) {
    if (end > fileLength) {
      throw new DataFormatError({
        source,
        offset: fileLength,
        expected: `"${name}" up to byte ${end}`,
        found: 'the end of the file',
      });
    }
    if (begin !== position) {
      throw new DataFormatError({
        source,
        offset: Math.min(begin, position),
        expected: `"${name}" to start at byte ${position}, where the tensor before it ends`,
        found: `its start at byte ${begin}`,
      });
    }
    position = end;
  }
  if (position !== fileLength) {
    throw new DataFormatError({
      source,
      offset: position,
      expected: 'the end of the file',
      found: `${fileLength - position} further bytes`,
    });
  }
}
