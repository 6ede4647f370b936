import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

// The program itself, from the built package, as `npm run theory` starts it.
describe('npm run theory', () => {
  let folder = '';
  let printed = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-theory-'));
    const {scripts} = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: {theory: string};
    };
    // The words of the script, less its build: other tests read dist at the same time.
    const [build, tsx, ...program] = scripts.theory.split(/ && | /).slice(2);
    expect([build, tsx]).toEqual(['build:js', 'tsx']);
    const command = ['node_modules/tsx/dist/cli.mjs', ...program, folder];
    printed = (await promisify(execFile)(process.execPath, command)).stdout;
  }, 120_000);
  afterAll(() => rm(folder, {recursive: true, force: true}));

  it('prints accuracies of the regressions near those of Theorem 1', () => {
    const rows = printed.split('\n').filter((line) => /^[125] /.test(line));
    expect(rows).toHaveLength(6);
    for (const row of rows) {
      const [trained, theory] = ['0', '1'].map((k) =>
        [...row.matchAll(/(-?[\d.]+)(?: %)? \/\s+(-?[\d.]+)/g)].map((pair) =>
          Number(pair[Number(k) + 1]),
        ),
      ) as [number[], number[]];
      expect(trained).toHaveLength(3);
      expect(Math.abs((trained[0] as number) - (theory[0] as number))).toBeLessThan(0.08);
      for (const k of [1, 2]) {
        expect(Math.abs((trained[k] as number) - (theory[k] as number))).toBeLessThan(2.5);
      }
    }
    // Corollary 1, trained: at 5 the tail is less robust after adversarial training.
    expect(printed).toMatch(/5 +natural .* 5\d\.\d % \//);
    expect(printed).toMatch(/5 +robust .* 3\d\.\d % \//);
  });

  it.each(['theory-boundaries.svg', 'theory-tail.svg'])(
    'draws %s, with a panel for each ratio',
    async (name) => {
      const svg = await readFile(join(folder, name), 'utf8');
      expect(svg.startsWith('<svg')).toBe(true);
      for (const panel of ['IR 1', 'IR 2', 'IR 5']) expect(svg).toContain(panel);
      expect(svg).not.toContain('NaN');
    },
  );
});
