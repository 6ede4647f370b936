import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/**
 * A hash of the code that a run's numbers come from: the built package's and these files of the
 * program that runs it.
 */
export function codeHash(files: readonly string[]): string {
  const built = readdirSync(DIST, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => join(DIST, name));
  const hash = createHash('sha256');
  for (const path of [...built, ...files]) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
