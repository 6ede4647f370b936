import {DataFormatError} from '../../core/errors';
import {gunzipHead, gunzipWithin} from './gunzip';

/** A file in a zip archive, still packed. */
export interface ZipEntry {
  readonly name: string;
  /** Where its local header starts. */
  readonly offset: number;
  /** Bytes when unpacked, as the directory says. */
  readonly size: number;
  /** The first bytes of its content, `length` of them or all, without unpacking the others. */
  head(length: number): Promise<Uint8Array>;
  /** Its content, unpacked and checked against its checksum. */
  unpack(): Promise<Uint8Array>;
}

const END = {signature: 0x06054b50, bytes: 22, commentBytes: 0xffff};
const DIRECTORY = {signature: 0x02014b50, bytes: 46};
const LOCAL = {signature: 0x04034b50, bytes: 30};
const STORED = 0;
const DEFLATED = 8;

/**
 * The files of a zip archive of up to 4 GiB, from its central directory.
 *
 * @param bytes - The whole archive.
 * @param source - Its name, for error messages.
 * @param maxBytes - Largest number of bytes that one file may have when unpacked.
 * @throws {@link DataFormatError} if the directory is broken or a file is larger than `maxBytes`.
 * @internal
 */
export function parseZip(bytes: Uint8Array, source: string, maxBytes: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (offset: number, expected: string, found: string): never => {
    throw new DataFormatError({source, offset, expected, found});
  };
  const end = endOfDirectory(view);
  if (end === undefined) {
    return fail(bytes.length, 'the directory of a zip archive', 'the end of the file');
  }
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  return Array.from({length: count}, () => {
    if (at + DIRECTORY.bytes > end || view.getUint32(at, true) !== DIRECTORY.signature) {
      return fail(at, `an entry of the zip directory, ${count} in all`, 'something else');
    }
    const entry = at;
    const field = (offset: number) => view.getUint32(entry + offset, true);
    const short = (offset: number) => view.getUint16(entry + offset, true);
    const name = new TextDecoder().decode(
      bytes.subarray(entry + DIRECTORY.bytes, entry + DIRECTORY.bytes + short(28)),
    );
    at += DIRECTORY.bytes + short(28) + short(30) + short(32);
    const [checksum, packed, size, offset] = [field(16), field(20), field(24), field(42)];
    if (size > maxBytes) {
      fail(entry + 24, `the size of ${name}, at most ${maxBytes}`, String(size));
    }
    const method = short(10);
    if (method !== STORED && method !== DEFLATED) {
      fail(entry + 10, `${name} stored or deflated (method 0 or 8)`, `method ${method}`);
    }
    const packedContent = (): Uint8Array => {
      const start = contentStart(view, offset, packed, end);
      if (start === undefined) {
        return fail(offset, `${name}, ${packed} bytes with its header`, 'something else');
      }
      if (method === STORED && packed !== size) {
        return fail(entry + 20, `${size} bytes of ${name}, not compressed`, String(packed));
      }
      return bytes.subarray(start, start + packed);
    };
    const gzip = (content: Uint8Array) =>
      gzipOf(method === STORED ? storedBlocks(content) : content, checksum, size);
    return {
      name,
      offset,
      size,
      async head(length) {
        const content = packedContent();
        if (method === STORED) return content.subarray(0, length);
        return gunzipHead(gzip(content), `${source}: ${name}`, length);
      },
      async unpack() {
        return gunzipWithin(gzip(packedContent()), `${source}: ${name}`, () => size);
      },
    };
  });
}

function endOfDirectory(view: DataView): number | undefined {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= Math.max(0, last - END.commentBytes); at--) {
    if (view.getUint32(at, true) === END.signature) return at;
  }
  return undefined;
}

function contentStart(
  view: DataView,
  offset: number,
  packed: number,
  end: number,
): number | undefined {
  if (offset + LOCAL.bytes > end || view.getUint32(offset, true) !== LOCAL.signature) {
    return undefined;
  }
  const names = view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const start = offset + LOCAL.bytes + names;
  return start + packed <= end ? start : undefined;
}

/*
 * A gzip file is a deflate stream followed by its checksum and length. A zip directory has these
 * too: wrapped as a gzip file, the content is checked against both by the platform's decompression.
 * (Node before 20.12 has no bare deflate.)
 */
function gzipOf(deflated: Uint8Array, checksum: number, size: number): Uint8Array {
  const gzip = new Uint8Array(10 + deflated.length + 8);
  gzip.set([0x1f, 0x8b, 8]);
  gzip[9] = 0xff;
  gzip.set(deflated, 10);
  const view = new DataView(gzip.buffer);
  view.setUint32(10 + deflated.length, checksum, true);
  view.setUint32(14 + deflated.length, size, true);
  return gzip;
}

const LARGEST_BLOCK = 0xffff;

// The content as deflate blocks without compression.
function storedBlocks(content: Uint8Array): Uint8Array {
  const count = Math.max(1, Math.ceil(content.length / LARGEST_BLOCK));
  const blocks = new Uint8Array(content.length + 5 * count);
  const view = new DataView(blocks.buffer);
  for (let i = 0; i < count; i++) {
    const part = content.subarray(i * LARGEST_BLOCK, (i + 1) * LARGEST_BLOCK);
    const at = i * (LARGEST_BLOCK + 5);
    blocks[at] = i === count - 1 ? 1 : 0;
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    blocks.set(part, at + 5);
  }
  return blocks;
}
