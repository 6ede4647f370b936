import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {transferAttack} from '../../src/attacks/transferAttack';
import type {AttackContext} from '../../src/core/attack';
import {identityOf} from '../../src/core/identity';
import {createRng} from '../../src/core/rng';
import {linearModel, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, int} from '../support/tensors';

const source = linearModel(
  [
    [1, -2],
    [-1, 1],
  ],
  [0.6, 0.3],
);
const target = (): tf.Tensor2D => {
  throw new Error('the model was called');
};

describe('transferAttack', () => {
  it('crafts on the source alone, with the context it is given', () => {
    const attack = transferAttack<tf.Tensor2D>(source, (model, x, labels, context) => {
      expect(model).toBe(source);
      return pgdAttack(model, x, labels, {...context, epsilon: 0.1, steps: 2});
    });
    tf.tidy(() => {
      const x = tf.tensor2d([[0.5, 0.4]]);
      const context: AttackContext = {rng: createRng(1), exampleIds: [7]};
      const own = pgdAttack(source, x, int([0]), {...context, epsilon: 0.1, steps: 2});
      const crafted = attack(target, x, int([0]), context);
      expect(crafted).toBeInstanceOf(tf.Tensor); // a synchronous attack stays synchronous
      expectClose(crafted as tf.Tensor, own.dataSync(), 0);
    });
  });

  it('takes an attack as it stands', () => {
    tf.tidy(() => {
      const crafted = transferAttack<tf.Tensor2D>(
        source,
        fgsmAttack,
      )(...([target, tf.tensor2d([[0.5, 0.4]]), int([0])] as const));
      expectClose(crafted as tf.Tensor, [0.5 - 8 / 255, 0.4 + 8 / 255], 1e-6);
    });
  });

  it('drops the verdict of an attack that has one', async () => {
    const x = tf.tensor2d([[0.5, 0.4]]);
    const labels = int([0]);
    const options = {epsilon: 0.3, rng: createRng(1)};
    await expectNoLeak(async () => {
      const attack = transferAttack<tf.Tensor2D>(source, (model, ...rest) =>
        restartedPgdAttack(model, rest[0], rest[1], options),
      );
      const crafted = await attack(target, x, labels);
      const {adversarial, success} = await restartedPgdAttack(source, x, labels, options);
      expect(success).toEqual([true]);
      expectClose(crafted, adversarial.dataSync(), 0);
      tf.dispose([crafted, adversarial]);
    });
    tf.dispose([x, labels]);
  });

  it('takes a LayersModel as the source, in inference mode', () => {
    const net = tinyConvNet();
    const attack = transferAttack(net, fgsmAttack);
    tf.tidy(() => {
      const x: tf.Tensor4D = tf.fill([2, 8, 8, 1], 0.5);
      const own = fgsmAttack(net, x, int([0, 1]));
      expectClose(attack(target, x, int([0, 1])) as tf.Tensor, own.dataSync(), 0);
    });
    net.dispose();
  });

  it('is known by its source and its attack', async () => {
    const identity = await identityOf(transferAttack(source, fgsmAttack));
    expect(await identityOf(transferAttack(source, fgsmAttack))).toEqual(identity);
    expect(await identityOf(transferAttack(target, fgsmAttack))).not.toEqual(identity);
    expect(await identityOf(transferAttack(source, pgdAttack))).not.toEqual(identity);
  });

  it('refuses what is no model or no attack, at once', () => {
    expect(() => transferAttack(3 as never, fgsmAttack)).toThrow(
      /^transferAttack: "model" must be a function/,
    );
    expect(() => transferAttack(source as never, 'pgd' as never)).toThrow(
      'transferAttack: "attack" must be a function, found \'pgd\'. ' +
        'Pass the attack itself, or a closure with its options.',
    );
  });
});
