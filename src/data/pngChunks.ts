const SIGNATURE_BYTES = 8;
// Length and type before the content, a checksum after it.
const HEAD_BYTES = 8;
const AROUND_BYTES = 12;
const COLOUR_TYPE_AT = 25;
const GREY = 0;
const COLOUR = 2;
const IDAT = 0x49444154;
const TRNS = 0x74524e53;

interface Chunk {
  readonly type: number;
  readonly start: number;
  readonly content: Uint8Array;
  /** Where the next one starts, at most the end of the file. */
  readonly end: number;
}

/**
 * The compressed pixels of a PNG file: the content of its IDAT chunks.
 *
 * @param bytes - The whole file. What is cut short has less.
 */
export const pngPixelData = (bytes: Uint8Array): Uint8Array<ArrayBuffer>[] =>
  chunksOf(bytes)
    .filter(({type}) => type === IDAT)
    .map(({content}) => new Uint8Array(content));

/**
 * A PNG file without the colour that counts as transparent, for a decoder that would paint its
 * pixels black. A palette's opacities are in a chunk of the same type, and stay.
 *
 * @param bytes - The whole file, at least its header.
 * @returns The same bytes where there is no such colour, else a copy without it.
 */
export function withoutColourKey(bytes: Uint8Array): Uint8Array {
  const colourType = bytes[COLOUR_TYPE_AT];
  if (colourType !== GREY && colourType !== COLOUR) return bytes;
  const keys = chunksOf(bytes).filter(({type}) => type === TRNS);
  if (keys.length === 0) return bytes;
  const kept = new Uint8Array(
    bytes.length - keys.reduce((sum, {start, end}) => sum + end - start, 0),
  );
  let [from, to] = [0, 0];
  for (const {start, end} of [...keys, {start: bytes.length, end: bytes.length}]) {
    kept.set(bytes.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  return kept;
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let start = SIGNATURE_BYTES; start + AROUND_BYTES <= bytes.length;) {
    const length = view.getUint32(start);
    const content = bytes.subarray(start + HEAD_BYTES, start + HEAD_BYTES + length);
    const end = Math.min(bytes.length, start + AROUND_BYTES + length);
    chunks.push({type: view.getUint32(start + 4), start, content, end});
    start = end;
  }
  return chunks;
}
