import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {DemoReport} from '../../examples/demo/report';

// The program itself, from the built package, as `npm run demo` starts it; small enough for a test.
const FLAGS = [
  ...['--max-count', '60', '--imbalance-ratio', '6', '--epochs', '3', '--teacher-epochs', '1'],
  ...['--attack-steps', '2', '--test-per-class', '10', '--validation-per-class', '5'],
  ...['--seeds', '2', '--channels', '4,8', '--batch-size', '32'],
];

describe('npm run demo', () => {
  let folder = '';
  let printed = '';
  let report: DemoReport;

  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-demo-'));
    // The words of the script itself, less its build: other tests read dist at the same time.
    const {scripts} = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: {demo: string};
    };
    const [build, tsx, ...program] = scripts.demo.split(/ && | /).slice(2);
    expect([build, tsx]).toEqual(['build:js', 'tsx']);
    const command = ['node_modules/tsx/dist/cli.mjs', ...program, ...FLAGS, '--out', folder];
    const {stdout} = await promisify(execFile)(process.execPath, command);
    printed = stdout;
    report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as DemoReport;
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
    expect(report.versions['lt-robust']).toMatch(/^\d/);
    expect(report.versions['tfjs-core']).toBe('4.22.0');
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
