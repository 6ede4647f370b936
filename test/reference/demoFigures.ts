/*
 * The numbers of a small demo, kept so that a change of the code behind it shows to the last digit.
 *
 * Run, with the flags of test/integration/demo.test.ts and `--out FOLDER`: npm run demo -- ...; then
 * npx tsx test/reference/demoFigures.ts FOLDER/report.json test/golden/demo-small.json
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import type {DemoReport} from '../../examples/demo/report';

/** The numbers of one training of the demo. */
export interface DemoFigures {
  readonly method: string;
  readonly seed: number;
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Accuracies of the last state of the model. */
  readonly last: unknown;
}

/** What decides nothing but the numbers: neither times nor places. */
export const figuresOf = ({runs}: Pick<DemoReport, 'runs'>): DemoFigures[] =>
  runs.map(({method, seed, history, last}) => ({
    ...{method, seed, last},
    losses: history.map(({loss}) => loss),
  }));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , source = '', target = ''] = process.argv;
  const report = JSON.parse(readFileSync(source, 'utf8')) as DemoReport;
  const provenance = {versions: report.versions, backend: report.backend};
  writeFileSync(target, `${JSON.stringify({...provenance, runs: figuresOf(report)}, null, 2)}\n`);
}
