/**
 * Figures 2 and 3 of the paper: logistic regressions on a long-tailed mixture of two Gaussians,
 * natural and adversarial, beside the closed forms of Theorem 1.
 *
 *     npm run theory
 *     npm run theory -- docs/images
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {runExperiment, type Regression} from './experiment';
import {boundaries, tailAccuracies} from './figures';

const SIZE = 2000;
const SEEDS = 10;

const out = process.argv[2] ?? 'reports/theory';
const regressions = runExperiment(SIZE, SEEDS);

const percent = (error: number) => `${(100 * (1 - error)).toFixed(1)} %`.padStart(8);
const meanOf = (runs: readonly Regression[], of: (run: Regression) => number) =>
  runs.reduce((sum, run) => sum + of(run), 0) / runs.length;

console.log('Tail class; trained (mean of the seeds) / theory');
console.log('IR  training     offset             clean                attacked');
for (const first of regressions.filter(({seed}) => seed === 0)) {
  const runs = regressions.filter(
    ({ratio, training}) => ratio === first.ratio && training === first.training,
  );
  const {theory} = first;
  const offset = meanOf(runs, (run) => run.offset).toFixed(3);
  const clean = percent(meanOf(runs, (run) => run.tail.standard));
  const attacked = percent(meanOf(runs, (run) => run.tail.robust));
  console.log(
    `${first.ratio}   ${first.training.padEnd(8)} ${offset.padStart(8)} / ${theory.offset.toFixed(3)}` +
      `  ${clean} / ${percent(theory.tail.standard)}  ${attacked} / ${percent(theory.tail.robust)}`,
  );
}

mkdirSync(out, {recursive: true});
const figures = {
  'theory-boundaries.svg': boundaries(regressions),
  'theory-tail.svg': tailAccuracies(regressions),
};
for (const [name, svg] of Object.entries(figures)) {
  const file = path.join(out, name);
  writeFileSync(file, `${svg}\n`);
  console.log(`wrote ${file}`);
}
