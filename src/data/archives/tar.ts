import {DataFormatError} from '../../core/errors';

/** A file in a tar archive. */
export interface TarEntry {
  /** Its path in the archive. */
  readonly name: string;
  /** Where its content starts in the archive. */
  readonly offset: number;
  /** Its content, a view of the archive. */
  readonly data: Uint8Array;
}

const BLOCK = 512;
const NAME = {start: 0, length: 100};
const SIZE = {start: 124, length: 12};
const CHECKSUM = {start: 148, length: 8};
const TYPE = 156;
const PREFIX = {start: 345, length: 155};

/**
 * The regular files of a tar archive (POSIX ustar and pax, GNU). Nothing is copied.
 *
 * @param bytes - The whole archive, not compressed.
 * @param source - Its name, for error messages.
 * @throws {@link DataFormatError} if a header is broken or a file is cut short.
 * @internal
 */
export function parseTar(bytes: Uint8Array, source: string): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  let offset = 0;
  while (offset + BLOCK <= bytes.length) {
    const header = bytes.subarray(offset, offset + BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    checkHeader(header, offset, source);
    const size = sizeOf(header, offset, bytes.length, source);
    const start = offset + BLOCK;
    const data = bytes.subarray(start, start + size);
    const type = String.fromCharCode(header[TYPE] ?? 0);
    if (type === 'L') {
      longName = textOf(data, {start: 0, length: data.length});
    } else if (type === 'x') {
      longName = paxPath(data) ?? longName;
    } else if (type !== 'g') {
      if (type === '0' || type === '\0') {
        entries.push({name: longName ?? nameOf(header), offset: start, data});
      }
      longName = undefined; // it applies only to the entry after it
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new DataFormatError({
    source,
    offset: bytes.length,
    expected: 'the empty block that ends a tar archive',
    found: 'the end of the file',
  });
}

interface Field {
  readonly start: number;
  readonly length: number;
}

function textOf(bytes: Uint8Array, {start, length}: Field): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function nameOf(header: Uint8Array): string {
  const [prefix, name] = [textOf(header, PREFIX), textOf(header, NAME)];
  // GNU's headers keep other data where POSIX has the prefix.
  const isPosix = textOf(header, {start: 257, length: 6}) === 'ustar';
  return isPosix && prefix !== '' ? `${prefix}/${name}` : name;
}

function octal(header: Uint8Array, field: Field): number {
  const text = textOf(header, field).trim();
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
}

function checkHeader(header: Uint8Array, offset: number, source: string): void {
  const stated = octal(header, CHECKSUM);
  const sum = header.reduce((total, byte, i) => {
    const isOfChecksum = i >= CHECKSUM.start && i < CHECKSUM.start + CHECKSUM.length;
    return total + (isOfChecksum ? 0x20 : byte);
  }, 0);
  if (stated === sum) return;
  throw new DataFormatError({
    source,
    offset: offset + CHECKSUM.start,
    expected: `a tar header with the checksum ${sum.toString(8)}`,
    found: Number.isNaN(stated) ? 'no number' : stated.toString(8),
  });
}

function sizeOf(header: Uint8Array, offset: number, length: number, source: string): number {
  const size = octal(header, SIZE);
  const left = length - offset - BLOCK;
  if (size <= left) return size;
  throw new DataFormatError({
    source,
    offset: offset + SIZE.start,
    expected: `the size of a file within the ${left} bytes that follow`,
    found: Number.isNaN(size) ? 'no octal number' : String(size),
  });
}

// Records of pax: "<length> <key>=<value>\n", of which only the path matters here.
function paxPath(data: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(data);
  return /^\d+ path=(.*)$/m.exec(text)?.[1];
}
