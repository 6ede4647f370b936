/**
 * Puts the imports into every `@example` of src, so that it can be pasted as it stands:
 * `npm run examples:imports`. With `--check` it only lists the files that it would change.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {ROOT, readSources} from '../test/package/sources';
import {publicNames, withImports} from './exampleImport';

const check = process.argv.includes('--check');
const known = publicNames((file) => readFileSync(path.join(ROOT, file), 'utf8'));
let changed = 0;
for (const [name, text] of readSources()) {
  const result = withImports(text, known);
  if (result === text) continue;
  changed++;
  console.log(`src/${name}`);
  if (!check) writeFileSync(path.join(ROOT, 'src', name), result);
}
console.log(`${changed} files ${check ? 'lack imports' : 'changed'}`);
if (check && changed > 0) process.exitCode = 1;
