import {constants} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';

import {DataFormatError, InvalidArgumentError} from '../core/errors';

/** A regular file that is open for reading. */
export interface RegularFile {
  /** Its length in bytes when it was opened. */
  readonly size: number;
  /** The bytes from `start` up to but not including `end`. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

/** An argument of a public function: a folder holds files, a location may name them itself. */
export type PathArgument = 'location' | 'folder';

/**
 * Opens a file, hands it to `use` and closes it. Anything but a regular file (a pipe, a device, a
 * folder) is refused before it is read: reading a pipe may never end.
 *
 * @param where - Public function, for the error messages.
 * @param path - The file.
 * @param use - Works with the open file.
 * @param argument - Name of the caller's argument that the path comes from, for the error messages.
 * @throws {@link InvalidArgumentError} if it cannot be opened or is no regular file.
 * @throws {@link DataFormatError} if it turns out shorter than it was.
 */
export async function withRegularFile<T>(
  where: string,
  path: string,
  use: (file: RegularFile) => Promise<T>,
  argument: PathArgument = 'location',
): Promise<T> {
  // Without O_NONBLOCK opening a pipe waits for its other end.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw refused(where, argument, 'files that can be read', `${path} (${messageOf(error)})`);
    },
  );
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw refused(where, argument, 'regular files', `${path}, ${kindOf(stats)}`);
    }
    return await use({
      size: stats.size,
      read: (start, end) => readExactly(handle, path, start, end),
    });
  } finally {
    await handle.close();
  }
}

/** Reads a regular file of at most `maxBytes` whole. */
export const readRegularFile = (
  where: string,
  path: string,
  maxBytes = Infinity,
  argument: PathArgument = 'location',
): Promise<Uint8Array> =>
  withRegularFile(
    where,
    path,
    ({size, read}) => {
      if (size <= maxBytes) return read(0, size);
      throw new DataFormatError({
        source: path,
        offset: maxBytes,
        expected: `the end of a file of at most ${maxBytes} bytes`,
        found: `a file of ${size}`,
      });
    },
    argument,
  );

async function readExactly(
  handle: FileHandle,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length;) {
    const {bytesRead} = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) {
      throw new DataFormatError({
        source: path,
        offset: start + done,
        expected: `bytes up to ${end}`,
        found: 'the end of the file',
      });
    }
    done += bytesRead;
  }
  return bytes;
}

/** What a file is that is not regular, in words. */
export function kindOf(entry: {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}): string {
  if (entry.isDirectory()) return 'a folder';
  if (entry.isFIFO()) return 'a pipe (FIFO)';
  if (entry.isSocket()) return 'a socket';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'a device' : 'no file';
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const refused = (
  where: string,
  argument: PathArgument,
  files: string,
  found: string,
): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument,
    expected: `${argument === 'folder' ? 'hold' : 'name'} ${files}`,
    found,
    remedy: 'Check the path.',
  });
