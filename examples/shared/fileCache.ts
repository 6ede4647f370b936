import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {deserialize, serialize} from 'node:v8';

/** One value, kept in a file from one run of the program to the next. */
export interface FileCache<T> {
  /** The value that was saved; undefined where there is none of this identity. */
  load(): Promise<T | undefined>;
  /** Whole or not at all: a program killed at any moment leaves no half file. */
  save(value: T): Promise<void>;
}

/**
 * A cache of one value in `folder`. The identity is plain data and says everything that decides the
 * value: a file of another identity is never taken for this one.
 */
export function fileCache<T>(
  folder: string,
  identity: Readonly<Record<string, unknown>> & {readonly what: string; readonly seed: number},
): FileCache<T> {
  const hash = createHash('sha256').update(canonical(identity)).digest('hex').slice(0, 16);
  const name = `${identity.what.replaceAll(/[^\w-]+/g, '-')}-seed${identity.seed}-${hash}`;
  const path = join(folder, name);
  return {
    async load() {
      const bytes = await readFile(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      if (bytes === undefined) return undefined;
      const saved = deserialize(bytes) as {identity: unknown; value: T};
      return isDeepStrictEqual(saved.identity, identity) ? saved.value : undefined;
    },
    async save(value) {
      await mkdir(folder, {recursive: true});
      const half = `${path}.${process.pid}`;
      await writeFile(half, serialize({identity, value}));
      await rename(half, path);
    },
  };
}

// The order in which an object's keys were written does not count.
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
