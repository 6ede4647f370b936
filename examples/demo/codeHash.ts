import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {codeHash as hashOfCode} from '../shared/codeHash';

const HERE = fileURLToPath(new URL('.', import.meta.url));

// What of the demo decides the numbers of a run; the rest only shows them.
const COMPUTING = [
  ...['budget', 'measure', 'methods', 'runMethod', 'samples', 'splits', 'teacher', 'training'],
];

/** Runs that other code has kept are not taken for this one's. */
export const codeHash = (): string => hashOfCode(COMPUTING.map((name) => join(HERE, `${name}.ts`)));
