import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';

import type {CheckpointStore} from '../core/checkpoint';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {decodeCheckpoint, encodeCheckpoint} from './checkpointBytes';
import {writeWhole} from './writeWhole';

/**
 * Checkpoints as files of a folder, one for each key. A file is written under another name, flushed
 * and renamed: if the process is killed at any moment, the old value or the new one is there, never
 * half of one. What it was writing then is removed by the first save of a later store.
 *
 * @param folder - Where the files are; created by the first save.
 * @returns A store for anything that takes a {@link CheckpointStore}. Its `load` throws
 *   {@link DataFormatError} on a file that was changed from outside.
 * @throws {@link InvalidArgumentError} if `folder` is empty.
 * @example
 * ```ts
 * import {fileCheckpoints} from 'lt-robust/node';
 *
 * const store = fileCheckpoints('node_modules/.cache/lt-robust-example');
 * await store.save('run', {epoch: 3, weights: new Float32Array([0.5])});
 * await store.load('run'); // => {epoch: 3, weights: [0.5]}
 * ```
 */
export function fileCheckpoints(folder: string): CheckpointStore {
  if (typeof folder !== 'string' || folder === '') {
    throw new InvalidArgumentError({
      where: 'fileCheckpoints',
      argument: 'folder',
      expected: 'be the path of a folder',
      found: describeValue(folder),
      remedy: "Pass one such as 'checkpoints'.",
    });
  }
  // Saves queue up, so that the last one called is the one that stays.
  let previous: Promise<unknown> = Promise.resolve();
  let isSwept = false;
  return {
    async load(key) {
      await previous; // what was saved is what is loaded
      const path = join(folder, fileName(key));
      const bytes = await readFile(path).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      return bytes === undefined ? undefined : decodeCheckpoint(bytes, path);
    },
    save(key, value) {
      // It is serialised now, since the caller may go on changing the value.
      const path = join(folder, fileName(key));
      const bytes = encodeCheckpoint(value);
      const saved = previous.then(async () => {
        await mkdir(folder, {recursive: true});
        if (!isSwept) await sweep(folder);
        isSwept = true;
        await writeWhole(path, bytes, `${process.pid}@${HOST}.`);
      });
      previous = saved.catch(() => undefined);
      return saved;
    },
  };
}

// The temporary name says who writes, so that what a killed process left can be told from work in
// progress.
const HOST = hostname().replace(/[^A-Za-z0-9-]/g, '_');
const TEMPORARY = /\.checkpoint\.(?:(\d+)@([\w-]+)\.)?[\da-f-]{36}\.tmp$/;
const ONE_DAY = 24 * 60 * 60 * 1000;

/** Removes what processes were writing into `folder` when they were killed. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const match = TEMPORARY.exec(name);
    if (match === null) continue;
    const [, pid, host] = match;
    const path = join(folder, name);
    // The file is from another machine, or from a version that did not say who writes: after a day
    // it counts as left behind.
    const isLeft =
      host === HOST ? !isRunning(Number(pid)) : Date.now() - (await changedAt(path)) > ONE_DAY;
    if (isLeft) await rm(path, {force: true});
  }
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({mtimeMs}) => mtimeMs,
    () => Infinity, // another store was faster
  );

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user cannot be asked, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

// A name valid on every file system; capitals are escaped too, since some do not tell them apart.
function fileName(key: string): string {
  const escaped = Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  });
  return `${escaped.join('')}.checkpoint`;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
