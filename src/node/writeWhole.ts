import {randomUUID} from 'node:crypto';
import {open, rename, rm} from 'node:fs/promises';

/**
 * Writes a file as a whole or not at all, whatever happens on the way: whoever reads it finds the
 * former content or the new one.
 *
 * @param path - The file, which is replaced.
 * @param content - Bytes, or text that is written as UTF-8.
 * @param owner - Stands in the name of the temporary file beside it, which a killed process leaves behind.
 * @throws what the file system says; the temporary file is then removed.
 */
export async function writeWhole(
  path: string,
  content: Uint8Array | string,
  owner = '',
): Promise<void> {
  const temporary = `${path}.${owner}${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync(); // the content reaches the disk before the name does
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
}
