import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {lossAt, type AttackLoss} from '../../src/core/loss';
import {klDivergence} from '../../src/losses/klDivergence';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

describe('rsladTraining', () => {
  it("attacks and learns by the teacher's answer to the clean input", async () => {
    const [w, v] = [seeded<tf.Rank.R2>([3, 4], 5, 2), seeded<tf.Rank.R2>([3, 4], 6, 2)];
    const student = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const teacher = (x: Vectors): tf.Tensor2D => tf.matMul(x, v);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 3])};
    let seen: AttackLoss | undefined;
    const method = rsladTraining<Vectors>({
      ...{teacher, weight: 0.75, classReduction: 'mean'},
      attack: (_, x, _labels, context) => {
        seen = context?.loss;
        return tf.add<Vectors>(x, 0.1);
      },
    });
    const {loss, dispose} = await preparedStep(method, student, batch);
    tf.tidy(() => {
      const target = teacher(batch.x);
      const robust = klDivergence(target, student(tf.add(batch.x, 0.1)));
      const clean = klDivergence(target, student(batch.x));
      const both = tf.mean(tf.add(tf.mul(0.75 / 4, robust), tf.mul(0.25 / 4, clean)));
      expectClose([loss()], numbers(both), 1e-6);
      const z = seeded<tf.Rank.R2>([4, 4], 9);
      const inner = lossAt(seen as AttackLoss, batch.x)(z, batch.labels);
      expectClose(inner, numbers(klDivergence(target, z)), 1e-6);
    });
    dispose();
  });

  it('refuses options out of range', () => {
    const teacher = (x: Vectors) => x;
    const call = (options: object) => rsladTraining<Vectors>({teacher, ...options});
    expect(() => call({weight: 2})).toThrow(/^rsladTraining: "weight"/);
    expect(() => call({classReduction: 'max'})).toThrow(/"classReduction"/);
    expect(() => call({attackMode: 'eval'})).toThrow(/"attackMode"/);
    expect(() => call({teacher: undefined})).toThrow(/rsladTraining, teacher/);
  });
});
