import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {runCustom} from '../../../src/attacks/autoAttack/customAttack';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import type {Problem} from '../../../src/attacks/search/problem';
import type {AttackContext, EvaluationAttack} from '../../../src/core/attack';
import {createRng} from '../../../src/core/rng';
import {linearModel} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {byExample} from '../../../src/core/featureMap';

const model = linearModel(
  [
    [1, -1],
    [-1, 1],
  ],
  [0, 0],
);
const x = tf.tensor2d([
  [0.6, 0.4],
  [0.3, 0.5],
]);
afterAll(() => x.dispose());

const problem: Problem<tf.Tensor2D> = {
  ...{where: 'f', model, x, numClasses: 2, levels: undefined, earlyStop: true},
  labels: Int32Array.of(0, 1),
  logits: new Float32Array(4),
  threat: {norm: 'linf', epsilon: Float32Array.of(0.1, 0.2), clip: [0, 1]},
  ids: Int32Array.of(7, 9),
  rng: createRng(3),
  pause: () => Promise.resolve(),
};

const run = (attack: EvaluationAttack<tf.Tensor2D>) => runCustom(problem, {name: 'own', attack});

describe('runCustom', () => {
  it('hands over model, inputs, labels, identities and randomness', async () => {
    let seen: AttackContext | undefined;
    let labels: number[] = [];
    await expectNoLeak(() =>
      run((_model, batch, truth, context) => {
        seen = context;
        labels = numbers(truth);
        return batch;
      }),
    );
    expect(seen?.exampleIds).toEqual(Int32Array.of(7, 9));
    expect(seen?.rng).toBe(problem.rng);
    expect(labels).toEqual([0, 1]);
  });

  it('claims every point, and counts calls of the model and of its gradient', async () => {
    await expectNoLeak(async () => {
      const outcome = await run((m, batch, truth) =>
        pgdAttack(m, batch, truth, {epsilon: byExample([0.1, 0.2], 2), stepSize: 0.05, steps: 3}),
      );
      expect([...outcome.points.keys()]).toEqual([0, 1]);
      expectClose(outcome.points.get(0) as Float32Array, [0.5, 0.5]);
      expectClose(outcome.points.get(1) as Float32Array, [0.45, 0.35]);
      expect([...outcome.forward]).toEqual([3, 3]);
      expect([...outcome.backward]).toEqual([3, 3]);
      expect([...outcome.queries]).toEqual([0, 0]);
    });
  });

  it('takes passes from an attack that counts them itself', async () => {
    const outcome = await run((_m, batch) => ({
      adversarial: tf.clone(batch),
      success: [false, false],
      distances: [0, 0],
      cost: {forward: [4, 5], backward: [2, 1], queries: [1, 0]},
    }));
    expect([...outcome.forward]).toEqual([4, 5]);
    expect([...outcome.backward]).toEqual([2, 1]);
    expect([...outcome.queries]).toEqual([1, 0]);
  });

  it('holds it to the ball of each example', async () => {
    const by =
      (step: number): EvaluationAttack<tf.Tensor2D> =>
      (_m, batch) =>
        tf.add<tf.Tensor2D>(batch, step);
    await expectNoLeak(() => expect(run(by(0.15))).rejects.toThrow(/within 0.1\d* \(linf\)/));
    await expectNoLeak(() => expect(run(by(0.1))).resolves.toBeDefined());
    await expectNoLeak(() => expect(run(by(NaN))).rejects.toThrow(/found NaN/));
    await expectNoLeak(() =>
      expect(run((_m, batch) => tf.reshape<tf.Rank.R2>(batch, [4, 1]))).rejects.toThrow(
        /"attacks: own" must return/,
      ),
    );
    await expect(run(() => undefined as never)).rejects.toThrow(/"attacks: own" must return/);
  });
});
