import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {lossAt, type AttackLoss} from '../../src/core/loss';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';
import {klRow} from '../support/lossReference';

type Vectors = tf.Tensor2D;

describe('adaAdTraining', () => {
  it('has the attack differentiate through both networks', async () => {
    const [w, v] = [seeded<tf.Rank.R2>([3, 4], 5, 2), seeded<tf.Rank.R2>([3, 4], 6, 2)];
    const student = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const teacher = (x: Vectors): tf.Tensor2D => tf.matMul(x, v);
    const batch = {x: seeded<tf.Rank.R2>([1, 3], 2), labels: int([0])};
    let seen: AttackLoss | undefined;
    const method = adaAdTraining<Vectors>({
      teacher,
      attack: (_, x, _labels, context) => {
        seen = context?.loss;
        return tf.add<Vectors>(x, 0.1);
      },
    });
    const {loss, dispose} = await preparedStep(method, student, batch);
    const product = (x: number[], kernel: tf.Tensor2D) => {
      const k = numbers(kernel);
      return [0, 1, 2, 3].map((c) =>
        x.reduce((sum, value, i) => sum + value * (k[4 * i + c] as number), 0),
      );
    };
    const at = (x: number[]) => klRow(product(x, v), product(x, w));
    const point = numbers(batch.x);
    const gradient = tf.grad((x: tf.Tensor) =>
      lossAt(seen as AttackLoss, x)(student(x as Vectors), batch.labels),
    )(batch.x);
    const expected = point.map((_, i) => {
      const moved = (by: number) => at(point.map((value, k) => (k === i ? value + by : value)));
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    expectClose(gradient, expected, 1e-5);
    // The outer loss is at the adversarial point, with the teacher there.
    expectClose([loss()], [at(point.map((value) => value + 0.1))], 1e-5);
    dispose();
  });

  it('refuses options out of range', () => {
    const teacher = (x: Vectors) => x;
    expect(() => adaAdTraining<Vectors>({teacher, lambda: 2})).toThrow(/^adaAdTraining: "lambda"/);
    expect(() => adaAdTraining<Vectors>({teacher, attackMode: 'eval' as 'training'})).toThrow(
      /"attackMode"/,
    );
    const unknown = {classReduction: 'max' as 'mean', passes: 'all' as 'shared'};
    for (const name of ['classReduction', 'passes'] as const) {
      expect(() => adaAdTraining<Vectors>({teacher, [name]: unknown[name]})).toThrow(
        `adaAdTraining: "${name}"`,
      );
    }
  });
});
