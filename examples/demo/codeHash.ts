import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

// What of the demo decides the numbers of a run; the rest only shows them.
const COMPUTING = [
  ...['budget', 'measure', 'methods', 'runMethod', 'samples', 'splits', 'teacher', 'training'],
];

/**
 * A hash of the code that a run's numbers come from, the built package's and the demo's own: runs
 * that other code has kept are not taken for this one's.
 */
export function codeHash(): string {
  const built = readdirSync(DIST, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => join(DIST, name));
  const hash = createHash('sha256');
  for (const path of [...built, ...COMPUTING.map((name) => join(HERE, `${name}.ts`))]) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}
