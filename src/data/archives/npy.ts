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
const DTYPES: Readonly<Record<string, (view: DataView, index: number) => number>> = {
  '|i1': (view, i) => view.getInt8(i),
  '<i2': (view, i) => view.getInt16(2 * i, true),
  '<u2': (view, i) => view.getUint16(2 * i, true),
  '<i4': (view, i) => view.getInt32(4 * i, true),
  '<u4': (view, i) => view.getUint32(4 * i, true),
  '<i8': (view, i) => Number(view.getBigInt64(8 * i, true)),
  '<u8': (view, i) => Number(view.getBigUint64(8 * i, true)),
};

/**
 * Reads a NumPy array of integers from the bytes of a `.npy` file.
 *
 * @param bytes - The whole file. Bytes (`uint8`) are not copied.
 * @param source - Its name, for error messages.
 * @throws {@link DataFormatError} if the header is broken, the dtype is no integer, the order is
 *   Fortran's, a value does not fit 32 bits, or there are too few or too many bytes.
 * @see NumPy Enhancement Proposal 1, A Simple File Format for NumPy Arrays.
 * @internal
 */
export function parseNpy(bytes: Uint8Array, source: string): NpyArray {
  const fail = (offset: number, expected: string, found: string): never => {
    throw new DataFormatError({source, offset, expected, found});
  };
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== MAGIC) fail(0, 'the magic number of a .npy file', JSON.stringify(magic));
  if (bytes.length < 12) fail(bytes.length, 'the header of a .npy file', 'the end of the file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) {
    fail(bytes.length, `a header of ${length} bytes`, 'the end of the file');
  }
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1] ?? 'none';
  const dims = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (dims === undefined || !/'fortran_order': *False/.test(header)) {
    return fail(start, 'a shape, and rows stored one after another', header.trim().slice(0, 120));
  }
  const shape = dims.split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  const read = DTYPES[descr];
  if (descr !== '|u1' && read === undefined) {
    return fail(start, 'integers of at most 64 bits, little-endian', `dtype ${descr}`);
  }
  const content = bytes.subarray(start + length);
  const count = shape.reduce((product, axis) => product * axis, 1);
  const width = Number(descr.slice(2));
  if (content.length !== count * width) {
    fail(
      start + length + Math.min(content.length, count * width),
      `${count} values of ${width} bytes for the shape [${shape.join(', ')}]`,
      `${content.length} bytes`,
    );
  }
  const offsetOf = (index: number) => start + length + index * width;
  if (read === undefined) return {shape, data: content, offsetOf};
  const values = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const data = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = read(values, i);
    data[i] = value;
    if (data[i] !== value) {
      fail(offsetOf(i), 'a value of at most 32 bits', String(value));
    }
  }
  return {shape, data, offsetOf};
}
