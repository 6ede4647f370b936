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

describe('batchOrderChangesNothing', () => {
  it('sees an attack that mixes its examples', async () => {
    const mixing = clumsy((x) => tf.clipByValue(tf.add(tf.mul(x, 0.5), tf.mean(x)), 0, 1));
    expect(await failureOf(batchOrderChangesNothing(mixing))).toMatch(
      /Value \d+ of example \d+ is/,
    );
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
