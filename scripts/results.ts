// Puts the figures of the reports in docs/results into README.md, docs/results.md and docs/images.
import {readFileSync, writeFileSync} from 'node:fs';

import {keptBlocks, keptPictures} from '../examples/demo/kept';
import {fillBlocks} from '../examples/demo/documents';

const blocks = keptBlocks();
for (const path of ['README.md', 'docs/results.md']) {
  writeFileSync(path, fillBlocks(readFileSync(path, 'utf8'), blocks));
  console.log(path);
}
for (const [path, svg] of Object.entries(keptPictures())) {
  writeFileSync(path, svg);
  console.log(path);
}
