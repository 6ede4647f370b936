import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {byExample} from '../../src/core/byExample';
import {InvalidArgumentError} from '../../src/core/errors';
import {createRng} from '../../src/core/rng';
import {callModel} from '../../src/math/callModel';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {expectNoLeak, int} from '../support/tensors';

const rows = (count: number) => tf.fill([count, 3], 0.4) as tf.Tensor2D;

describe('callModel', () => {
  it('says which examples a model can take, where tfjs says that shapes differ', () => {
    tf.tidy(() => {
      const beside = rows(12);
      for (const join of [
        (x: tf.Tensor2D) => tf.concat([x, beside], 1),
        (x: tf.Tensor2D) => tf.add(x, beside),
        (x: tf.Tensor2D) => tf.stack([x, beside]),
      ]) {
        const call = () => callModel('f', (x: tf.Tensor2D) => join(x) as tf.Tensor2D, rows(5));
        expect(call).toThrow(InvalidArgumentError);
        expect(call).toThrow(/^f: "model" must take 5 examples, not only 12, found an error of T/);
        expect(call).toThrow(/byExample\(\(x, exampleIds\) => \.\.\.\)/);
      }
    });
  });

  it('passes on what else a model throws', () => {
    tf.tidy(() => {
      const own = new Error('its own');
      const fails = () => {
        throw own;
      };
      expect(() => callModel('f', fails, rows(2))).toThrow(own);
      // A weight of another width has nothing to do with the examples.
      const narrow = (x: tf.Tensor2D) => tf.matMul(x, tf.zeros([7, 2])) as tf.Tensor2D;
      expect(() => callModel('f', narrow, rows(2))).toThrow(/^Error in matMul|^Invalid TF_Status/);
      const wide = (x: tf.Tensor2D) => tf.add(x, tf.zeros([2, 4])) as tf.Tensor2D;
      expect(() => callModel('f', wide, rows(2))).not.toThrow(InvalidArgumentError);
      // One row is repeated for every example: it is none of another batch.
      const one = (x: tf.Tensor2D) => tf.add(x, tf.zeros([1, 4])) as tf.Tensor2D;
      expect(() => callModel('f', one, rows(5))).toThrow(/5,3\]? (and|vs\.) \[?1,4/);
      expect(() => callModel('f', one, rows(5))).not.toThrow(InvalidArgumentError);
    });
  });

  it('reads only messages of TensorFlow.js about shapes', () => {
    tf.tidy(() => {
      const throwing = (error: unknown) => () =>
        callModel(
          'f',
          () => {
            throw error as Error;
          },
          rows(5),
        );
      for (const error of [
        new InvalidArgumentError({
          where: 'f',
          argument: 'x',
          expected: 'have the shape [5, 3]',
          found: 'the shape [12, 3]',
          remedy: 'None.',
        }),
        new Error('5, 3 of 12, 3 done'),
        new Error('Inner shapes (5, 3) and (12, 3) differ'),
        new Error('Shapes (4, 3) and (12, 3) differ'),
        new Error('A shape is wrong'),
        'shapes 5, 3 and 12, 3',
      ]) {
        let thrown: unknown;
        try {
          throwing(error)();
        } catch (caught) {
          thrown = caught;
        }
        expect(thrown).toBe(error);
      }
      expect(throwing(new Error('Shapes 5,3 and 12,3 differ.'))).toThrow(
        'f: "model" must take 5 examples, not only 12, found an error of TensorFlow.js: ' +
          'Shapes 5,3 and 12,3 differ. Attacks leave out the examples that they are done with',
      );
      const alone = () =>
        callModel(
          'f',
          () => {
            throw new Error('the shape 1,3 is not 12,3');
          },
          rows(1),
        );
      expect(alone).toThrow(/^f: "model" must take one example, not only 12, found/);
    });
  });

  it('reads the rows of images, and repeats the whole message', () => {
    tf.tidy(() => {
      const failing = (message: string) => () =>
        callModel(
          'f',
          () => {
            throw new Error(message);
          },
          rows(5),
        );
      for (const separator of [',', ', ']) {
        const shape = (...sides: number[]) => sides.join(separator);
        const text = `Shapes ${shape(5, 28, 28, 1)} and ${shape(12, 28, 28, 1)} differ by 0.5`;
        expect(failing(text)).toThrow(
          `f: "model" must take 5 examples, not only 12, found an error of TensorFlow.js: ${text}`,
        );
      }
      // The rows are the first of each shape: 12 is the width of these.
      const others = 'Shapes 5,12 and 5,28 differ';
      expect(failing(others)).toThrow(new Error(others));
    });
  });
});

describe('a second input in a closure', () => {
  const weights = tf.keep(tf.tensor2d([[4, -4], [-4, 4], [1, 1]])); // prettier-ignore
  const beside = tf.keep(tf.tensor2d([[0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]])); // prettier-ignore
  const closure = (x: tf.Tensor2D) => tf.matMul(tf.add(x, beside), weights) as tf.Tensor2D;
  const told = byExample((x: tf.Tensor2D, ids) =>
    tf.matMul(tf.add(x, tf.gather(beside, ids)), weights),
  );
  const x = tf.keep(tf.tensor2d([[0.9, 0.1, 0.5], [0.5, 0.65, 0.5], [0.45, 0.5, 0.5]])); // prettier-ignore
  const labels = tf.keep(int([0, 1, 0]));
  // The second stands by its own row alone: with that of the first it would fall.
  const rng = createRng(3);
  const options = {epsilon: 0.1, rng};

  it('is told what to use, by the search and by the evaluation; byExample is it', async () => {
    await expectNoLeak(async () => {
      await expect(apgdAttack(closure, x, labels, options)).rejects.toThrow(
        /^apgdAttack: "model" must take [^]* byExample/,
      );
      const {adversarial, success} = await apgdAttack(told, x, labels, options);
      adversarial.dispose();
      expect(success).toEqual([false, false, true]);
    });
    const attacks = {
      pgd: (...[m, z, y]: Parameters<typeof pgdAttack<tf.Tensor2D>>) =>
        pgdAttack<tf.Tensor2D>(m, z, y, {epsilon: 0.1}),
    };
    const evaluate = (model: typeof told) =>
      evaluateRobustness<tf.Tensor2D>(model, {x, labels}, {attacks, batchSize: 2});
    await expect(evaluate(closure)).rejects.toThrow(
      /^evaluateRobustness: "model" must .* byExample/,
    );
    const report = await evaluate(told);
    expect(report.attacks['pgd']?.accuracy).toBeCloseTo(2 / 3);
  });
});
