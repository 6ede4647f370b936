import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {DemoReport} from '../../examples/demo/report';
import {createRng} from '../../src/core/rng';

// The program itself, from the built package, as `npm run demo` starts it; small enough for a test.
const FLAGS = [
  ...['--max-count', '60', '--imbalance-ratio', '6', '--epochs', '3', '--teacher-epochs', '1'],
  ...['--attack-steps', '2', '--test-per-class', '10', '--validation-per-class', '5'],
  ...['--seeds', '2', '--channels', '4,8', '--batch-size', '32'],
];

/** Runs the program as `npm run demo` starts it. */
async function demo(flags: readonly string[]): Promise<{printed: string; report: DemoReport}> {
  // The words of the script itself, less its build: other tests read dist at the same time.
  const {scripts} = JSON.parse(await readFile('package.json', 'utf8')) as {scripts: {demo: string}};
  const [build, tsx, ...program] = scripts.demo.split(/ && | /).slice(2);
  expect([build, tsx]).toEqual(['build:js', 'tsx']);
  const command = ['node_modules/tsx/dist/cli.mjs', ...program, ...flags];
  const {stdout} = await promisify(execFile)(process.execPath, command);
  const out = flags[flags.indexOf('--out') + 1] as string;
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as DemoReport;
  return {printed: stdout, report};
}

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], values: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((size) => [size >> 24, size >> 16, size >> 8, size]);
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...values]);
}

describe('npm run demo', () => {
  let folder = '';
  let printed = '';
  let report: DemoReport;

  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-demo-'));
    ({printed, report} = await demo([...FLAGS, '--out', folder]));
  }, 300_000);
  afterAll(() => rm(folder, {recursive: true, force: true}));

  it('reports all three methods, each figure as mean and deviation of fractions', () => {
    expect(report.seeds).toEqual([0, 1]);
    expect(report.methods.map(({name}) => name)).toEqual([
      ...['pgd-at', 'at-bsl', 'lt-self-distillation'],
    ]);
    for (const {best, last} of report.methods) {
      for (const checkpoint of [best, last]) {
        const {clean, pgd20, tailClean, tailPgd20, perClassPgd20} = checkpoint;
        for (const {mean, sd} of [clean, pgd20, tailClean, tailPgd20, ...perClassPgd20]) {
          expect(mean).toBeGreaterThanOrEqual(0);
          expect(mean).toBeLessThanOrEqual(1);
          expect(sd).toBeGreaterThanOrEqual(0);
        }
        expect(perClassPgd20).toHaveLength(10);
      }
    }
  });

  it('trains on what it says: the exponential profile, D_B of half the ratio', () => {
    expect(report.classCounts).toEqual([60, 49, 40, 33, 27, 22, 18, 14, 12, 10]);
    expect(report.tailClasses).toEqual([9]);
    const sizes = report.runs.flatMap(({teacher}) =>
      teacher === null ? [] : [teacher.balancedSize],
    );
    expect(sizes).toEqual([300, 300]);
    expect(report.runs.every(({history}) => history.length === 3)).toBe(true);
  });

  it('selects on the validation split, and its figures follow from the runs', () => {
    for (const run of report.runs) {
      const validated = run.history.flatMap(({metrics}) => metrics['pgd20'] ?? []);
      expect(run.best.validationPgd20).toBe(Math.max(...validated));
    }
    const runs = report.runs.filter(({method}) => method === 'at-bsl');
    const clean = runs.map(({last}) => last.test.clean.accuracy);
    const mean = ((clean[0] ?? NaN) + (clean[1] ?? NaN)) / 2;
    expect(report.methods[1]?.last.clean.mean).toBeCloseTo(mean, 12);
  });

  it('records settings, versions and times', () => {
    expect(report.settings).toMatchObject({imbalanceRatio: 6, epochs: 3, channels: [4, 8]});
    expect(report.backend).toBe('wasm');
    expect(report.derived).toEqual({
      ...{attackStepSize: 0.025, evaluationSteps: 20, milestones: [2, 3], teacherMilestones: [1]},
    });
    expect(report.versions['lt-robust']).toMatch(/^\d/);
    expect(report.versions['tfjs-core']).toBe('4.22.0');
    expect(report.versions['tfjs-layers']).toBe('4.22.0');
    expect(report.elapsedMs).toBeGreaterThan(0);
  });

  it('prints the table and writes a page with its plots and images', async () => {
    expect(printed).toMatch(/method +checkpoint +Clean +PGD-20 +T-Clean +T-PGD/);
    for (const name of ['PGD-AT', 'AT-BSL', "the paper's method", 'its balanced teacher']) {
      expect(printed).toContain(name);
    }
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
    expect(html.match(/data:image\/png;base64/g)).toHaveLength(3 * 10 * 3);
    for (const plot of ['classes', 'curves', 'losses']) {
      expect(await readFile(join(folder, `${plot}.svg`), 'utf8')).toMatch(/^<svg/);
    }
  });
});

describe("npm run demo with the user's own images, on cpu", () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-demo-'));
    // Three classes of 8x8 images, each bright in rows of its own; 40 of each to train on.
    const rng = createRng(7);
    for (const [part, perClass] of [
      ['train', 40],
      ['t10k', 5],
    ] as const) {
      const labels = Array.from({length: 3 * perClass}, (_, i) => i % 3);
      const pixels = labels.flatMap((label) =>
        Array.from({length: 64}, (_, i) =>
          Math.floor((Math.floor(i / 24) === label ? 150 : 0) + 100 * rng.uniform()),
        ),
      );
      await writeFile(
        join(folder, `${part}-images-idx3-ubyte`),
        idx([labels.length, 8, 8], pixels),
      );
      await writeFile(join(folder, `${part}-labels-idx1-ubyte`), idx([labels.length], labels));
    }
  });
  afterAll(() => rm(folder, {recursive: true, force: true}));

  it('trains on them, in the order of their labels', async () => {
    const {report, printed} = await demo([
      ...['--quick', '--data', folder, '--backend', 'cpu', '--seeds', '1', '--first-seed', '3'],
      ...['--max-count', '24', '--imbalance-ratio', '4', '--epochs', '2', '--teacher-epochs', '1'],
      ...[
        '--test-per-class',
        '5',
        '--validation-per-class',
        '4',
        '--channels',
        '4',
        '--gamma',
        '2',
      ],
      ...['--epsilon', '8/255', '--tau', '1.5', '--alpha', '3', '--padding', '0'],
      ...['--batch-size', '16', '--teacher-batch-size', '12'],
      ...['--processes', '1', '--out', join(folder, 'out')],
    ]);
    expect(report.backend).toBe('cpu');
    expect(report.versions).toHaveProperty('tfjs-backend-cpu');
    expect(report.classCounts).toEqual([24, 12, 6]);
    expect(report.classNames).toEqual(['0', '1', '2']);
    expect(report.seeds).toEqual([3]);
    expect(report.runs.map(({teacher}) => teacher?.balancedSize)).toEqual([
      36,
      undefined,
      undefined,
    ]);
    expect(report.settings).toMatchObject({
      ...{data: folder, epsilon: 8 / 255, tau: 1.5, alpha: 3, gamma: 2, classOrder: null},
      // What --quick sets, where nothing else does.
      attackSteps: 5,
    });
    expect(printed).toContain(join(folder, 'out'));
  }, 120_000);

  it('says in one line what is wrong with data, and ends', async () => {
    const failed = demo(['--data', join(folder, 'nowhere'), '--out', join(folder, 'none')]);
    const error = await failed.then(
      () => expect.fail('did not fail'),
      (reason: unknown) => reason as {code: number; stderr: string},
    );
    expect(error.code).toBe(1);
    expect(error.stderr).toMatch(/seed \d: InvalidArgumentError: readDataset: "location" must/);
    expect(error.stderr).not.toContain('    at ');
  }, 120_000);
});
