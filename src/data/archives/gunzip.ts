import {checkText} from '../../core/checks/checkForm';
import {checkBytes} from '../../core/checks/checkGiven';
import {checkNumber} from '../../core/checks/checkNumber';
import {DataFormatError} from '../../core/errors';
import {type Defaults, withDefaults} from '../../core/options';

/** Options of {@link gunzip}. */
export interface GunzipOptions {
  /**
   * Largest number of bytes that the file may expand to, ≥ 0: a small file can be made to fill any
   * memory. The default is 1 GiB. @defaultValue 1073741824
   */
  readonly maxBytes?: number | undefined;
}

const DEFAULTS: Defaults<GunzipOptions> = {maxBytes: 1073741824};

/**
 * Decompresses gzip data, in browsers and in Node.
 *
 * @param bytes - A whole gzip file.
 * @param source - Its name, for error messages.
 * @param options - See {@link GunzipOptions}.
 * @returns The decompressed bytes.
 * @throws {@link DataFormatError} if it is no gzip file, is cut short, fails its checksum or
 *   expands beyond `maxBytes`.
 * @throws {@link InvalidArgumentError} if `maxBytes` is out of range.
 * @example
 * ```ts
 * import {gunzip} from 'lt-robust/data';
 *
 * const stream = new Blob(['abc']).stream().pipeThrough(new CompressionStream('gzip'));
 * const packed = new Uint8Array(await new Response(stream).arrayBuffer());
 * await gunzip(packed); // => [97, 98, 99]
 * ```
 */
export async function gunzip(
  bytes: Uint8Array,
  source = 'gzip data',
  options: GunzipOptions = {},
): Promise<Uint8Array> {
  checkBytes('gunzip', 'bytes', bytes);
  checkText('gunzip', 'source', source);
  const {maxBytes} = withDefaults('gunzip', DEFAULTS, options);
  checkNumber('gunzip', 'maxBytes', maxBytes, {min: 0, integer: true});
  return gunzipWithin(bytes, source, () => maxBytes);
}

// The longest header of any format: an IDX file's rank is one byte.
const HEAD_BYTES = 4 + 4 * 255;

/**
 * {@link gunzip} with a bound that the first bytes of the content may determine.
 *
 * @param limitOf - Computes the most that is allowed from the first bytes (1,024, or all that there
 *   are).
 * @internal
 */
export async function gunzipWithin(
  bytes: Uint8Array,
  source: string,
  limitOf: (head: Uint8Array) => number,
): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    throw new DataFormatError({
      source,
      offset: 0,
      expected: 'the magic number of a gzip file, 0x1f8b',
      found: `0x${Array.from(bytes.subarray(0, 2), hex).join('')}`,
    });
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  let limit: number | undefined;
  const check = () => {
    limit ??= limitOf(joined(chunks, Math.min(size, HEAD_BYTES)));
    if (size > limit) throw tooLarge(source, bytes.length, limit);
  };
  for await (const chunk of inflated(bytes, source)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= HEAD_BYTES) check();
  }
  check();
  return joined(chunks, size);
}

/**
 * The first bytes of gzip data, without unpacking the others.
 *
 * @param length - How many; fewer if there are fewer.
 * @throws {@link DataFormatError} if the stream is broken before they are there.
 * @internal
 */
export async function gunzipHead(
  bytes: Uint8Array,
  source: string,
  length: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of inflated(bytes, source)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  return joined(chunks, Math.min(size, length));
}

async function* inflated(bytes: Uint8Array, source: string): AsyncGenerator<Uint8Array> {
  // A copy with an ArrayBuffer of its own: a Blob takes no view of a SharedArrayBuffer.
  const stream = new Blob([new Uint8Array(bytes)])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  try {
    for (;;) {
      const {done, value} = await reader.read().catch((cause: unknown) => {
        throw new DataFormatError({
          source,
          offset: bytes.length,
          expected: 'an intact gzip stream up to its end',
          found: `a broken one (${cause instanceof Error ? cause.message : String(cause)})`,
        });
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Stops the decompression once the caller has enough. A broken stream has stopped already.
    await reader.cancel().catch(() => undefined);
  }
}

const tooLarge = (source: string, offset: number, limit: number): DataFormatError =>
  new DataFormatError({
    source,
    offset,
    expected: `the end of a gzip stream of at most ${limit} bytes when decompressed`,
    found: 'more',
  });

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    if (offset >= length) break;
    all.set(chunk.subarray(0, length - offset), offset);
    offset += chunk.length;
  }
  return all;
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
