import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

/** Runs `body` with a folder that holds these files, and removes it. */
export async function withFolder<T>(
  files: Readonly<Record<string, Uint8Array | string>>,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lt-robust-'));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), {recursive: true});
      await writeFile(join(folder, name), bytes);
    }
    return await body(folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}
