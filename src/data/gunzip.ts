import {DataFormatError} from '../core/errors';

/**
 * Decompresses gzip data, in browsers and in Node.
 *
 * @param bytes - A whole gzip file.
 * @param source - Its name, for error messages.
 * @returns The decompressed bytes.
 * @throws {@link DataFormatError} if it is no gzip file, is cut short or fails its checksum.
 * @example
 * ```ts
 * const stream = new Blob(['abc']).stream().pipeThrough(new CompressionStream('gzip'));
 * const packed = new Uint8Array(await new Response(stream).arrayBuffer());
 * await gunzip(packed); // => [97, 98, 99]
 * ```
 */
export async function gunzip(bytes: Uint8Array, source = 'gzip data'): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    throw new DataFormatError({
      source,
      offset: 0,
      expected: 'the magic number of a gzip file, 0x1f8b',
      found: `0x${Array.from(bytes.subarray(0, 2), hex).join('')}`,
    });
  }
  // A copy of its own ArrayBuffer: a Blob takes no view of a SharedArrayBuffer.
  const stream = new Blob([new Uint8Array(bytes)])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new DataFormatError({
      source,
      offset: bytes.length,
      expected: 'an intact gzip stream up to its end',
      found: `a broken one (${cause instanceof Error ? cause.message : String(cause)})`,
    });
  }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
