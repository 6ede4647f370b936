import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {attackProblems, problemsOf} from '../../src/testing/attackProblems';
import {
  accuracyDoesNotRise,
  batchOrderChangesNothing,
  staysInBall,
} from '../../src/testing/attackProperties';
import type {ThreatAttack} from '../../src/testing/threatAttack';
import {brightness, brightnessData, spread} from '../support/onePixel';
import {expectNoLeak} from '../support/tensors';

const ATTACKS: Record<string, ThreatAttack<tf.Tensor>> = {
  fgsmAttack,
  pgdAttack,
  apgdAttack: (m, x, y, threat) => apgdAttack(m, x, y, {...threat, steps: 10}),
  restartedPgdAttack: (m, x, y, threat) =>
    restartedPgdAttack(m, x, y, {...threat, restarts: 2, steps: 5}),
};

const clumsy =
  (change: (x: tf.Tensor, epsilon: number) => tf.Tensor): ThreatAttack<tf.Tensor> =>
  (_model, x, _labels, {epsilon}) =>
    tf.tidy(() => change(x, epsilon));

const run = <T>(property: fc.IAsyncProperty<T>, numRuns = 30) =>
  fc.assert(property, {numRuns, seed: 1});

/** The message that a property fails with. */
async function failureOf<T>(property: fc.IAsyncProperty<T>): Promise<string> {
  const {errorInstance} = await fc.check(property, {numRuns: 60, seed: 1, endOnFailure: true});
  return errorInstance instanceof Error ? errorInstance.message : 'none';
}

describe.each(Object.entries(ATTACKS))('%s', (_name, attack) => {
  it('stays in its ball', () => run(staysInBall(attack)));
  it('does not depend on the batch', () => run(batchOrderChangesNothing(attack), 30));
});

describe('accuracyDoesNotRise', () => {
  it('holds of PGD', () => run(accuracyDoesNotRise(pgdAttack), 30));

  it('sees an attack that gives up when it has room', async () => {
    const timid: ThreatAttack<tf.Tensor> = (m, x, y, threat) =>
      threat.epsilon > 0.2 ? tf.clone(x) : pgdAttack(m, x, y, threat);
    const data = brightnessData(spread(40).map((v) => 0.4 + v / 5));
    const problems = await problemsOf(brightness, data, {
      maxBatch: 40,
      maxLevels: 100,
      norms: ['linf'],
    });
    expect(await failureOf(accuracyDoesNotRise(timid, problems))).toMatch(
      /Of \d+ examples the attack breaks \d+ at epsilon .* only, and 0 at/,
    );
    await run(accuracyDoesNotRise(pgdAttack, problems), 20);
  });

  it.each([0, 1, NaN])('refuses a significance of %s', (significance) => {
    expect(() => accuracyDoesNotRise(pgdAttack, undefined, {significance})).toThrow(
      /"significance" must be a finite number > 0 and < 1/,
    );
  });
});

describe('staysInBall', () => {
  it('holds in any range of pixels, and without one', async () => {
    for (const clip of [[0, 255], null] as const) {
      const problems = attackProblems({clips: [clip]});
      await run(staysInBall(pgdAttack, problems), 20);
      const far = clumsy((x, epsilon) => tf.add(x, 1.01 * epsilon));
      expect(await failureOf(staysInBall(far, problems))).toContain('was moved by');
    }
  });

  it.each([
    [
      'leaves the ball',
      clumsy((x, epsilon) => tf.clipByValue(tf.add(x, 1.5 * epsilon), 0, 1)),
      'was moved by',
    ],
    ['leaves the range', clumsy((x, epsilon) => tf.sub(x, epsilon / 10)), 'outside of [0, 1]'],
    ['gives NaN', clumsy((x) => tf.mul(x, NaN)), 'was moved by NaN'],
    ['loses an axis', clumsy((x) => tf.reshape(x, [x.shape[0], -1])), 'returned the shape'],
  ])('sees an attack that %s', async (_what, attack, message) => {
    expect(await failureOf(staysInBall(attack))).toContain(message);
  });
});

describe('the bounds of staysInBall', () => {
  const problems = (clip: readonly [number, number] | null) =>
    attackProblems({clips: [clip], maxLevels: 4}).filter(({threat}) => threat.epsilon > 0.01);

  it.each([[[0, 255]], [[0, 1]], [null]] as const)(
    'leave room for the rounding of float32 in %j, and for no more',
    async (clip) => {
      const width = clip === null ? 1 : clip[1] - clip[0];
      const moving = (by: number) =>
        clumsy((x, epsilon) => {
          // The first value alone, towards the middle of the range.
          const [, ...rest] = Array.from(x.dataSync().subarray(0, x.size / (x.shape[0] ?? 1)));
          const step = [epsilon + by * width, ...rest.map(() => 0)];
          const inward = tf.sub(1, tf.mul(2, tf.cast(tf.greater(x, width / 2), 'float32')));
          return tf.add(x, tf.mul(inward, tf.reshape(tf.tensor1d(step), [1, ...x.shape.slice(1)])));
        });
      await run(staysInBall(moving(0), problems(clip)), 20);
      expect(await failureOf(staysInBall(moving(1e-4), problems(clip)))).toContain('was moved by');
    },
  );

  it('name both shapes, and the value outside', async () => {
    const flat = clumsy((x) => tf.reshape(x, [-1]));
    expect(await failureOf(staysInBall(flat))).toMatch(
      /^The attack returned the shape \[\d+\] for \[\d, \d, \d, 1\]\.$/,
    );
    const boxes = attackProblems({norms: ['linf']});
    const below = clumsy((x, epsilon) => tf.sub(x, epsilon));
    expect(await failureOf(staysInBall(below, boxes))).toMatch(
      /^Example \d has the value -0\.\d+ outside of \[0, 1\]\.$/,
    );
    const above = clumsy((x, epsilon) => tf.add(x, epsilon));
    expect(await failureOf(staysInBall(above, boxes))).toMatch(
      /has the value 1\.\d+ outside of \[0, 1\]/,
    );
    const far = clumsy((x, epsilon) => tf.add(x, 2 * epsilon));
    expect(await failureOf(staysInBall(far))).toMatch(
      /^Example \d was moved by 0?\.?\d.*, epsilon is .* \((linf|l2)\)\.$/,
    );
  });
});

it.each([
  ['staysInBall', staysInBall],
  ['batchOrderChangesNothing', batchOrderChangesNothing],
  ['accuracyDoesNotRise', accuracyDoesNotRise],
] as const)('%s refuses what is no attack, and what are no problems', (name, property) => {
  expect(() => property(1 as never)).toThrow(
    `${name}: "attack" must be a function, found 1. Pass one such as pgdAttack.`,
  );
  expect(() => property(pgdAttack, [1] as never)).toThrow(
    `${name}: "problems" must be an arbitrary of fast-check, found [1]. ` +
      'Pass attackProblems(), or await problemsOf(model, dataset).',
  );
});

it('accuracyDoesNotRise attacks at half of epsilon and at epsilon', async () => {
  const epsilons = new Map<number, number[]>();
  const watching: ThreatAttack<tf.Tensor> = (_model, x, _labels, threat) => {
    epsilons.set(threat.epsilon, [...(epsilons.get(threat.epsilon) ?? []), x.shape[0] ?? NaN]);
    return tf.clone(x);
  };
  const problems = fc.constantFrom(
    ...fc
      .sample(attackProblems({maxBatch: 32, norms: ['linf']}), {numRuns: 40, seed: 1})
      .filter(({threat}) => threat.epsilon === 16 / 255 || threat.epsilon === 4 / 255),
  );
  await run(accuracyDoesNotRise(watching, problems), 10);
  for (const asked of epsilons.keys()) {
    expect([16 / 255, 8 / 255, 4 / 255, 2 / 255]).toContain(asked);
  }
  expect(epsilons.size).toBeGreaterThanOrEqual(2);
  // Of up to 32 examples, unless other problems are given.
  const sizes: number[] = [];
  const counting: ThreatAttack<tf.Tensor> = (_model, x) => {
    sizes.push(x.shape[0] ?? NaN);
    return tf.clone(x);
  };
  await run(accuracyDoesNotRise(counting), 60);
  expect(Math.max(...sizes)).toBeGreaterThan(24);
});

describe('batchOrderChangesNothing', () => {
  it('sees an attack that mixes its examples', async () => {
    const mixing = clumsy((x) => tf.clipByValue(tf.add(tf.mul(x, 0.5), tf.mean(x)), 0, 1));
    expect(await failureOf(batchOrderChangesNothing(mixing))).toMatch(
      /Value \d+ of example \d+ is/,
    );
  });

  it.each([[null], [[0, 255]], [[-1, 1]]] as const)('holds, and is seen, in %j', async (clip) => {
    const problems = attackProblems({clips: [clip]});
    await run(batchOrderChangesNothing(pgdAttack, problems), 10);
    // By a thousandth of the range.
    const width = clip === null ? 1 : clip[1] - clip[0];
    const mixing = clumsy((x) => tf.add(x, tf.mul(1e-3 * width, x.shape[0] ?? NaN)));
    expect(await failureOf(batchOrderChangesNothing(mixing, problems))).toMatch(/in the batch/);
    const rounding = clumsy((x) => tf.add(x, tf.mul(1e-6 * width, x.shape[0] ?? NaN)));
    await run(batchOrderChangesNothing(rounding, problems), 20);
  });

  it('sees noise that is keyed by the place in the batch', async () => {
    const careless: ThreatAttack<tf.Tensor> = (m, x, y, {exampleIds: _, ...threat}) =>
      pgdAttack(m, x, y, {...threat, steps: 0});
    expect(await failureOf(batchOrderChangesNothing(careless))).toMatch(/in the batch/);
  });
});

describe('the properties', () => {
  it('hold of a model and data of the user', async () => {
    const problems = await problemsOf(brightness, brightnessData([0.2, 0.6, 0.9]));
    await run(staysInBall(pgdAttack, problems), 20);
    await run(batchOrderChangesNothing(pgdAttack, problems), 20);
  });

  it('leave no tensor behind', async () => {
    await expectNoLeak(() => run(staysInBall(pgdAttack), 5));
    await expectNoLeak(() => run(batchOrderChangesNothing(pgdAttack), 5));
    await expectNoLeak(() => run(accuracyDoesNotRise(pgdAttack), 5));
  });
});
