import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {batchesOf, passesOf, passesPerImageStep, planOf} from '../../../examples/demo/budget';
import {METHODS} from '../../../examples/demo/methodNames';
import {methodOf} from '../../../examples/demo/methods';
import {pgd} from '../../../examples/demo/measure';
import {DEFAULT_SETTINGS} from '../../../examples/demo/settings';
import type {TrainableClassifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {sgd} from '../../../src/optimizers/sgd';
import {trainStep} from '../../../src/training/trainStep';

const images = {longTailed: 1394, balanced: 2500};

describe('planOf', () => {
  it.each(METHODS)('gives %s the image-steps asked for, to within one batch', (method) => {
    for (const imageSteps of [20_000, 50_000, 123_456]) {
      const {teacher, main} = planOf(method, {...DEFAULT_SETTINGS, imageSteps}, images);
      const total = main.imageSteps + (teacher?.imageSteps ?? 0);
      expect(Math.abs(total - imageSteps)).toBeLessThanOrEqual(main.batchSize / 2);
    }
  });

  it('splits them between teacher and student, each on its own set', () => {
    const settings = {...DEFAULT_SETTINGS, imageSteps: 50_000, teacherShare: 0.6};
    expect(planOf('paper', settings, images)).toEqual({
      // 30,000 / 32 is 937.5; 78 batches of 32 fit into 2500, 21 of 64 into 1394.
      teacher: {epochs: 13, batchSize: 32, images: 2500, steps: 938, imageSteps: 30_016},
      main: {epochs: 15, batchSize: 64, images: 1394, steps: 312, imageSteps: 19_968},
    });
    expect(planOf('at-bsl', settings, images).teacher).toBeNull();
    expect(planOf('teacher', settings, images).main.images).toBe(2500);
  });

  it('takes one step at least, and batches that the data can fill', () => {
    const settings = {...DEFAULT_SETTINGS, imageSteps: 10, batchSize: 64};
    expect(planOf('at-bsl', settings, {longTailed: 40, balanced: 40}).main).toEqual({
      ...{epochs: 1, batchSize: 40, images: 40, steps: 1, imageSteps: 40},
    });
  });
});

describe('batchesOf', () => {
  it('gives whole epochs, and in the last one what is left', () => {
    const {main} = planOf('at-bsl', {...DEFAULT_SETTINGS, imageSteps: 3000}, images);
    expect(main.steps).toBe(47);
    expect([1, 2, 3].map((epoch) => batchesOf(main, epoch))).toEqual([21, 21, 5]);
    const even = {...main, epochs: 2, steps: 42, imageSteps: 42 * 64};
    expect([1, 2].map((epoch) => batchesOf(even, epoch))).toEqual([21, 21]);
  });
});

describe('the passes that the report prints', () => {
  // A linear model that counts what goes through it, forwards and backwards.
  function counted(rng = createRng(7)) {
    const weights = tf.variable(
      tf.tensor2d(
        Array.from({length: 12}, () => rng.normal()),
        [4, 3],
      ),
    );
    const passes = {forward: 0, backward: 0};
    const through = tf.customGrad((logits) => {
      passes.forward += (logits as tf.Tensor).shape[0] ?? 0;
      return {
        value: tf.clone(logits as tf.Tensor),
        gradFunc: (dy) => {
          passes.backward += (dy as tf.Tensor).shape[0] ?? 0;
          return tf.clone(dy as tf.Tensor);
        },
      };
    });
    const classify = (x: tf.Tensor4D) =>
      through(tf.matMul(tf.reshape(x, [-1, 4]), weights as tf.Tensor2D)) as tf.Tensor2D;
    const model: TrainableClassifier = {
      ...{inference: classify, training: classify, variables: [weights], statistics: []},
    };
    const dispose = () => {
      weights.dispose();
    };
    return {model, passes, classify, dispose};
  }

  it.each(METHODS)('are those of a training step of %s', async (name) => {
    const student = counted();
    const teacher = counted(createRng(8));
    const attackSteps = 3;
    const method = methodOf(name, DEFAULT_SETTINGS, {
      attack: pgd({epsilon: 0.1}, attackSteps),
      classCounts: [5, 3, 2],
      teacher: teacher.classify,
    });
    const batch = {
      x: tf.tensor4d(
        Array.from({length: 20}, (_, i) => (i % 7) / 7),
        [5, 2, 2, 1],
      ),
      labels: tf.tensor1d([0, 1, 2, 0, 1], 'int32'),
    };
    const optimizer = sgd({learningRate: 0.1});
    const stepOf = (step: number) =>
      trainStep(student.model, method, batch, optimizer, {
        ...{epoch: 1, epochs: 2, step, rng: createRng(9)},
      });
    // The first step of a model looks at its output once.
    (await stepOf(1)).dispose();
    Object.assign(student.passes, {forward: 0, backward: 0});
    Object.assign(teacher.passes, {forward: 0, backward: 0});
    const loss = await stepOf(2);
    const each = passesPerImageStep(name, attackSteps);
    expect({...student.passes, teacherForward: teacher.passes.forward}).toEqual({
      forward: 5 * each.forward,
      backward: 5 * each.backward,
      teacherForward: 5 * each.teacherForward,
    });
    expect(teacher.passes.backward).toBe(0);
    tf.dispose([loss, batch]);
    optimizer.dispose();
    student.dispose();
    teacher.dispose();
  });

  it("add a teacher's training to its student's", () => {
    const plan = planOf('kl', {...DEFAULT_SETTINGS, imageSteps: 50_000}, images);
    const teacherSteps = plan.teacher?.imageSteps ?? NaN;
    expect(passesOf('kl', plan, 7)).toEqual({
      forward: 8 * (teacherSteps + plan.main.imageSteps),
      backward: 8 * (teacherSteps + plan.main.imageSteps),
      teacherForward: plan.main.imageSteps,
    });
  });
});
