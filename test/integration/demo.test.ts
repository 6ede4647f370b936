import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {METHOD_LABELS, METHODS} from '../../examples/demo/methodNames';
import type {DemoReport} from '../../examples/demo/report';
import {createRng} from '../../src/core/rng';
import {hasRelaxedSimd} from '../../src/kernels/wasm/relaxedSimd';
import {type DemoFigures, figuresOf} from '../reference/demoFigures';

// The program itself, from the built package, as `npm run demo` starts it; small enough for a test.
const FLAGS = [
  ...['--max-count', '60', '--imbalance-ratio', '6', '--image-steps', '900'],
  ...['--teacher-share', '0.4', '--attack-steps', '2', '--test-per-class', '10'],
  ...['--validation-per-class', '5', '--seeds', '2', '--channels', '4,8', '--batch-size', '32'],
  ...['--auto-attack-images', '2', '--methods', METHODS.join(',')],
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

  it('reports every method, each figure as mean and deviation of fractions', () => {
    expect(report.seeds).toEqual([0, 1]);
    expect(report.methods.map(({name}) => name)).toEqual([...METHODS]);
    for (const {best, last} of report.methods) {
      for (const {clean, pgd20, tailPgd20, rarePgd20, perClassPgd20} of [best, last]) {
        for (const {mean, sd} of [clean, pgd20, tailPgd20, rarePgd20, ...perClassPgd20]) {
          expect(mean).toBeGreaterThanOrEqual(0);
          expect(mean).toBeLessThanOrEqual(1);
          expect(sd).toBeGreaterThanOrEqual(0);
        }
        expect(perClassPgd20).toHaveLength(10);
      }
      expect(last.tailAutoAttack?.mean).toBeLessThanOrEqual(last.tailClean.mean + 0.5);
      expect(last.worstClassPgd20.mean).toBeLessThanOrEqual(last.pgd20.mean);
    }
  });

  // The relaxed set of kernels rounds as the processor does.
  it.skipIf(hasRelaxedSimd())('gives the numbers that were kept, to the last digit', async () => {
    const kept = JSON.parse(await readFile('test/golden/demo-small.json', 'utf8')) as {
      runs: DemoFigures[];
    };
    expect(figuresOf(report)).toEqual(kept.runs);
  });

  it('compares at equal cost: the same image-steps, and says what passes they took', () => {
    expect(report.classCounts).toEqual([60, 49, 40, 33, 27, 22, 18, 14, 12, 10]);
    expect(report.balancedImages).toBe(300);
    for (const {name, cost} of report.methods) {
      expect(Math.abs(cost.imageSteps - 900), name).toBeLessThanOrEqual(16);
      expect(cost.forward / cost.imageSteps, name).toBeGreaterThanOrEqual(3);
      expect(cost.seconds.mean).toBeGreaterThan(0);
      expect(cost.teacherForward > 0, name).toBe(['paper', 'kl', 'kl+matching'].includes(name));
    }
    for (const {history, plan} of report.runs) expect(history).toHaveLength(plan.main.epochs);
  });

  it('selects on the validation split, and its figures follow from the runs', () => {
    for (const {history, best} of report.runs) {
      const validated = history.flatMap(({pgd20}) => pgd20 ?? []);
      expect(history[best.epoch - 1]?.pgd20).toBe(Math.max(...validated));
    }
    const cleanOf = (method: string) =>
      report.runs.filter((run) => run.method === method).map(({last}) => last.clean);
    const [a = NaN, b = NaN] = cleanOf('at-bsl');
    const bsl = report.methods.find(({name}) => name === 'at-bsl');
    expect(bsl?.last.clean.mean).toBeCloseTo((a + b) / 2, 12);
    const difference = report.differences.find(
      ({method, against}) => method === 'kl' && against === 'at-bsl',
    );
    const [c = NaN, d = NaN] = cleanOf('kl');
    expect(difference?.columns.clean?.perSeed).toEqual([c - a, d - b]);
  });

  it('lets the students of one seed share their teacher', () => {
    const teachers = report.runs
      .filter(({seed, teacher}) => seed === 0 && teacher !== null)
      .map(({teacher}) => teacher?.last);
    expect(teachers).toHaveLength(3);
    expect(teachers[1]).toEqual(teachers[0]);
    expect(teachers[2]).toEqual(teachers[0]);
  });

  it('records settings, versions and times', () => {
    expect(report.settings).toMatchObject({imbalanceRatio: 6, imageSteps: 900, channels: [4, 8]});
    expect(report.backend).toBe('wasm');
    expect(report.versions['lt-robust']).toMatch(/^\d/);
    expect(report.versions['tfjs-core']).toBe('4.22.0');
    expect(report.versions['tfjs-layers']).toBe('4.22.0');
    expect(report.elapsedMs).toBeGreaterThan(0);
  });

  it('prints the tables and writes a page with its plots and images', async () => {
    expect(printed).toMatch(/method +Clean +PGD-20 +worst class .* image-steps +passes.* +seconds/);
    for (const name of [...METHODS.map((method) => METHOD_LABELS[method]), 'students’ teacher']) {
      expect(printed).toContain(name);
    }
    expect(printed).toMatch(/KL to the teacher − AT-BSL +[+−]/);
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
    expect(html.match(/data:image\/png;base64/g)).toHaveLength(METHODS.length * 10 * 3);
    // A network this small that was trained this little does no better than one class: it is said.
    const collapsed = report.methods.flatMap((method) => method.collapsed);
    expect(html.includes('runs collapsed')).toBe(collapsed.length > 0);
    expect(printed.includes('runs collapsed')).toBe(collapsed.length > 0);
    for (const plot of ['classes', 'curves', 'losses']) {
      expect(await readFile(join(folder, `${plot}.svg`), 'utf8')).toMatch(/^<svg/);
    }
  });

  it('goes on where it was killed, and trains anew what other settings ask for', async () => {
    const kept = await readdir(join(folder, 'runs'));
    const again = await demo([...FLAGS, '--out', folder]);
    expect(again.report.runs).toEqual(report.runs); // their seconds too: nothing was trained again
    await rm(join(folder, 'runs', kept.find((name) => name.startsWith('at-bsl-seed1')) ?? '-'));
    const repaired = await demo([...FLAGS, '--out', folder]);
    const figures = ({method, seed, last}: DemoReport['runs'][number]) => ({method, seed, last});
    expect(repaired.report.runs.map(figures)).toEqual(report.runs.map(figures));

    const other = await demo([...FLAGS, '--tau', '0', '--methods', 'at-bsl', '--out', folder]);
    const [changed] = other.report.runs;
    const [same] = report.runs.filter(({method, seed}) => method === 'at-bsl' && seed === 0);
    expect(changed?.last.perClassPgd20).not.toEqual(same?.last.perClassPgd20);
  }, 300_000);
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
      ...['--max-count', '24', '--imbalance-ratio', '4', '--image-steps', '84'],
      ...['--test-per-class', '5', '--validation-per-class', '4', '--channels', '4'],
      ...['--gamma', '2', '--epsilon', '8/255', '--tau', '1.5', '--alpha', '3', '--padding', '0'],
      ...['--batch-size', '16', '--teacher-batch-size', '12', '--methods', 'at-bsl,paper'],
      ...['--auto-attack-images', '0', '--processes', '1', '--out', join(folder, 'out')],
    ]);
    expect(report.backend).toBe('cpu');
    expect(report.versions).toHaveProperty('tfjs-backend-cpu');
    expect(report.classCounts).toEqual([24, 12, 6]);
    expect(report.classNames).toEqual(['0', '1', '2']);
    expect(report.seeds).toEqual([3]);
    expect(report.balancedImages).toBe(36);
    expect(report.runs.map(({method}) => method)).toEqual(['paper', 'at-bsl']);
    expect(report.differences[0]?.columns.pgd20?.interval).toBeNull();
    expect(report.methods[0]?.last.tailAutoAttack).toBeNull();
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
