import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {countRobust} from '../../src/testing/countRobust';
import {
  robustnessTestSettings,
  type RobustnessTestOptions,
} from '../../src/testing/robustnessTestOptions';
import {brightness, brightnessData, spread} from '../support/onePixel';
import {expectNoLeak} from '../support/tensors';

const pixels = spread(41); // 0, 0.025, ..., 1
const dataset = brightnessData(pixels);
const run = (options: RobustnessTestOptions) =>
  countRobust(
    'test',
    brightness,
    dataset,
    robustnessTestSettings('test', {epsilon: 0.11, ...options}),
  );

describe('countRobust', () => {
  it('counts as the closed form does', async () => {
    const {totals, correct, broken, timedOut} = await run({});
    const isRobust = (v: number) => Math.abs(v - 0.5) > 0.11;
    expect(totals).toEqual([21, 20]);
    expect(correct).toEqual(
      [0, 1].map((label) => pixels.filter((v) => Number(v > 0.5) === label && isRobust(v)).length),
    );
    expect([...broken].map((id) => pixels[id]).sort()).toEqual(pixels.filter((v) => !isRobust(v)));
    expect(timedOut).toBe(false);
  });

  it('does not depend on the batch size', async () => {
    const attack: RobustnessTestOptions['attack'] = (m, x, y, threat) =>
      pgdAttack(m, x, y, {...threat, steps: 1}); // from a random start: a matter of chance
    const one = await run({attack, batchSize: 1, seed: 3});
    const all = await run({attack, batchSize: 100, seed: 3});
    expect(one).toEqual(all);
    expect((await run({attack, seed: 4})).broken).not.toEqual(all.broken);
  });

  it('draws the examples at random, by the seed', async () => {
    const {totals, broken} = await run({examples: 15});
    expect(totals[0]! + totals[1]!).toBe(15);
    expect((await run({examples: 15})).broken).toEqual(broken);
    expect((await run({examples: 15, seed: 2})).broken).not.toEqual(broken);
  });

  it('stops at the time limit, after one batch at least', async () => {
    const {totals, timedOut} = await run({batchSize: 10, timeLimitMs: 1e-6});
    expect(totals[0]! + totals[1]!).toBe(10);
    expect(timedOut).toBe(true);
  });

  it('reports each batch, and the warnings of the attack once', async () => {
    const seen: number[] = [];
    const {warnings, correct, totals} = await run({
      batchSize: 20,
      onProgress: ({done, metrics}) => void seen.push(done, metrics['robust']!),
      attack: (m, x, y, threat) => ({
        adversarial: pgdAttack(m, x, y, threat),
        success: Array.from(y.dataSync(), () => true),
        distances: Array.from(y.dataSync(), () => 0),
        cost: {forward: [], backward: [], queries: []},
        warnings: [
          {code: 'odd', message: 'Odd.', advice: 'Look.'},
          {code: 'few-examples', message: 'Few.', advice: 'More.'},
        ],
      }),
    });
    expect(warnings).toEqual([{code: 'odd', message: 'Odd.', advice: 'Look.'}]);
    expect([seen[0], seen[2], seen[4]]).toEqual([1, 2, 3]);
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count);
    expect(sum(correct)).toBeGreaterThan(0);
    expect(seen[5]).toBeCloseTo(sum(correct) / sum(totals), 12);
  });

  it('leaves no tensor behind', async () => {
    await expectNoLeak(() => run({}));
    await expectNoLeak(() =>
      expect(run({signal: AbortSignal.abort(new Error('no'))})).rejects.toThrow('no'),
    );
  });
});
