import {readdirSync, readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {experiments} from '../../src/presets/experiments';
import {presets} from '../../src/presets/presets';

interface Started {
  readonly preset: string;
  readonly backend: string;
  readonly batchSize: number;
  readonly starts: readonly {
    readonly losses: readonly number[];
    readonly epochs: number | 'cancelled';
  }[];
  readonly checkpoints: readonly number[];
  readonly largestResidentKB?: number;
}

const FOLDER = 'docs/results/full-size';
const page = readFileSync('docs/paper.md', 'utf8');
const runs = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as unknown as Started,
);

describe('presets at full size', () => {
  it('are as many as docs/paper.md says', () => {
    const of = (kept: (id: string) => boolean) => runs.filter(({preset}) => kept(preset)).length;
    const tables = experiments().filter(({name}) => name.startsWith('table'));
    const rows = new Set(tables.flatMap((table) => table.rows.map(({preset}) => preset.id)));
    const allWide = [...rows].filter((id) => id.includes('wrn')).length;
    expect(runs.every(({preset}) => rows.has(preset))).toBe(true);
    const wide = of((id) => id.includes('wrn'));
    const words = page.replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      `${runs.length - wide} of the ${rows.size - allWide} rows of ResNet-18`,
    );
    expect(words).toContain(`${wide} of the ${allWide} rows of WideResNet-34-10`);
    expect(new Set(runs.map(({preset}) => preset)).size).toBe(runs.length);
  });

  it('had the batches that docs/paper.md says', () => {
    const sizes = (kept: (id: string) => boolean) => [
      ...new Set(runs.filter(({preset}) => kept(preset)).map(({batchSize}) => batchSize)),
    ];
    const [isRobal, isTeacher] = [/robal/, /balanced-teacher/];
    expect(sizes((id) => isRobal.test(id))).toEqual([64]);
    expect(sizes((id) => isTeacher.test(id))).toEqual([32]);
    expect(sizes((id) => !isRobal.test(id) && !isTeacher.test(id))).toEqual([128]);
    expect(page).toContain('batches of 128 (64 for RoBal, 32 for the teacher of Table 6)');
  });

  it('took as much memory of WideResNet-34-10 as it says', () => {
    const gigabytes = (...methods: string[]) => {
      const of = runs.filter(({preset}) =>
        methods.some((name) => preset.endsWith(`wrn34-10/${name}`)),
      );
      const all = of.map(({largestResidentKB = NaN}) =>
        Math.round((1024 * largestResidentKB) / 1e9),
      );
      expect(all).toHaveLength(2 * methods.length);
      return [...new Set([Math.min(...all), Math.max(...all)])].join(' to ');
    };
    const words = page.replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      `PGD-AT, AT-BSL and REAT take ${gigabytes('pgd-at', 'at-bsl', 'reat')} GB`,
    );
    const middle = gigabytes('robal', 'mart', 'paper');
    expect(words).toContain(`RoBal, MART and the paper's method ${middle},`);
    expect(words).toContain(`TRADES and AWP ${gigabytes('trades', 'awp')},`);
  });

  it.each(runs)('$preset started, made a checkpoint, and went on from it', (run) => {
    expect(presets().map(({id}) => id)).toContain(run.preset);
    const [first, second] = run.starts;
    expect([first?.epochs, second?.epochs]).toEqual(['cancelled', 2]);
    const losses = run.starts.flatMap((start) => start.losses);
    expect(losses.length).toBeGreaterThan(2);
    expect(losses.every(Number.isFinite)).toBe(true);
    // The step that was cancelled is made again, with the same loss.
    expect(second?.losses[0]).toBe(first?.losses.at(-1));
    expect(run.checkpoints.every((bytes) => bytes > 40e6)).toBe(true);
  });
});
