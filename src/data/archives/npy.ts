import {DataFormatError} from '../../core/errors';

/** A NumPy array of whole numbers. */
export interface NpyArray {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** The values, row-major. */
  readonly data: Uint8Array | Int32Array;
  /** At which byte of the file a value is. */
  readonly offsetOf: (index: number) => number;
}

const MAGIC = '\x93NUMPY';
const BYTES = '|u1';
const DTYPES: Readonly<Record<string, (view: DataView, index: number) => number>> = {
  '|i1': (view, i) => view.getInt8(i),
  '<i2': (view, i) => view.getInt16(2 * i, true),
  '<u2': (view, i) => view.getUint16(2 * i, true),
  '<i4': (view, i) => view.getInt32(4 * i, true),
  '<u4': (view, i) => view.getUint32(4 * i, true),
  '<i8': (view, i) => Number(view.getBigInt64(8 * i, true)),
  '<u8': (view, i) => Number(view.getBigUint64(8 * i, true)),
};

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Type of the values, `'|u1'` for bytes. */
  readonly descr: string;
  /** At which byte of the file a value is. */
  readonly offsetOf: (index: number) => number;
}

/** As many bytes of a file as its header can have in NumPy's first version of the format. */
export const NPY_HEAD_BYTES = 10 + 0xffff;

/**
 * Reads the header of a `.npy` file of integers.
 *
 * @param head - Its first bytes: all, or {@link NPY_HEAD_BYTES}.
 * @param size - Length of the file.
 * @param source - Its name, for error messages.
 * @throws {@link DataFormatError} if the header is broken, the dtype is no integer, the order is
 *   Fortran's, or there are too few or too many bytes.
 * @internal
 */
export function npyHeader(head: Uint8Array, size: number, source: string): NpyHeader {
  const fail = (offset: number, expected: string, found: string): never => {
    throw new DataFormatError({source, offset, expected, found});
  };
  const magic = String.fromCharCode(...head.subarray(0, 6));
  if (magic !== MAGIC) fail(0, 'the magic number of a .npy file', JSON.stringify(magic));
  if (head.length < 12) fail(head.length, 'the header of a .npy file', 'the end of the file');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isFirst = head[6] === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > head.length) fail(head.length, `a header of ${length} bytes`, 'fewer');
  const text = new TextDecoder('latin1').decode(head.subarray(start, start + length));
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1] ?? 'none';
  const dims = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
  if (dims === undefined || !/'fortran_order': *False/.test(text)) {
    return fail(start, 'a shape, and rows stored one after another', text.trim().slice(0, 120));
  }
  const shape = dims.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]));
  if (descr !== BYTES && DTYPES[descr] === undefined) {
    return fail(start, 'integers of at most 64 bits, little-endian', `dtype ${descr}`);
  }
  const count = shape.reduce((product, axis) => product * axis, 1);
  const width = Number(descr.slice(2));
  const offsetOf = (index: number) => start + length + index * width;
  if (size !== offsetOf(count)) {
    fail(
      Math.min(size, offsetOf(count)),
      `${count} values of ${width} bytes for the shape [${shape.join(', ')}]`,
      `${size - offsetOf(0)} bytes`,
    );
  }
  return {shape, descr, offsetOf};
}

/**
 * Reads a NumPy array of integers from the bytes of a `.npy` file.
 *
 * @param bytes - The whole file. Bytes (`uint8`) are not copied.
 * @param source - Its name, for error messages.
 * @throws {@link DataFormatError} as {@link npyHeader}, and if a value does not fit 32 bits.
 * @see NumPy Enhancement Proposal 1, A Simple File Format for NumPy Arrays.
 * @internal
 */
export function parseNpy(bytes: Uint8Array, source: string): NpyArray {
  const {shape, descr, offsetOf} = npyHeader(bytes, bytes.length, source);
  const content = bytes.subarray(offsetOf(0));
  const read = DTYPES[descr];
  if (read === undefined) return {shape, data: content, offsetOf};
  const values = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const data = new Int32Array(shape.reduce((product, axis) => product * axis, 1));
  for (let i = 0; i < data.length; i++) {
    const value = read(values, i);
    data[i] = value;
    if (data[i] !== value) {
      const [expected, found] = ['a value of at most 32 bits', String(value)];
      throw new DataFormatError({source, offset: offsetOf(i), expected, found});
    }
  }
  return {shape, data, offsetOf};
}
