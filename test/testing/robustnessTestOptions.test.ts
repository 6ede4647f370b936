import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {createRng} from '../../src/core/rng';
import {attackOf, robustnessTestSettings} from '../../src/testing/robustnessTestOptions';
import {int, numbers} from '../support/tensors';

describe('robustnessTestSettings', () => {
  it('fills in the defaults', () => {
    expect(robustnessTestSettings('f', {atLeast: 0.4})).toMatchObject({
      ...{norm: 'linf', epsilon: 8 / 255, clip: [0, 1], confidence: 0.95, undecided: 'fail'},
      ...{seed: 1, timeLimitMs: 60_000, counterexamples: 1},
    });
  });

  it.each([
    [{confidence: 1}, 'confidence'],
    [{confidence: 95}, 'confidence'],
    [{epsilon: 8}, 'epsilon'],
    [{epsilon: -0.1}, 'epsilon'],
    [{epsilon: [0.1]}, 'epsilon'],
    [{examples: 0}, 'examples'],
    [{batchSize: 0.5}, 'batchSize'],
    [{timeLimitMs: 0}, 'timeLimitMs'],
    [{counterexamples: -1}, 'counterexamples'],
    [{undecided: 'maybe'}, 'undecided'],
    [{norm: 'l1'}, 'norm'],
    [{atleast: 0.4}, 'atleast'],
  ])('refuses %j', (options, argument) => {
    expect(() => robustnessTestSettings('f', options as object)).toThrow(`f: "${argument}" must`);
  });

  it('takes what is at a bound', () => {
    const options = {confidence: 1 - 1e-12, examples: 1, counterexamples: 0, undecided: 'pass'};
    expect(robustnessTestSettings('f', {...options, epsilon: 0} as object)).toMatchObject(options);
    expect(() => robustnessTestSettings('f', {confidence: 0})).toThrow('f: "confidence" must');
    expect(() => robustnessTestSettings('f', {counterexamples: 0.5})).toThrow('"counterexamples"');
    expect(() => robustnessTestSettings('f', {undecided: 'maybe'} as object)).toThrow(
      "f: \"undecided\" must be 'fail' or 'pass', found 'maybe'. Leave it out for the default.",
    );
  });

  it('attacks by one start of 20 steps in the given threat, unless told otherwise', async () => {
    const model = (x: tf.Tensor2D): tf.Tensor2D =>
      tf.matMul(tf.sin(tf.mul(x, 9)), tf.tensor2d([[1, -1], [2, 1], [-1, 3]])); // prettier-ignore
    const [x, labels] = [tf.tensor2d([[0.2, 0.5, 0.8], [0.6, 0.1, 0.3]]), int([0, 1])]; // prettier-ignore
    const threat = {norm: 'l2', epsilon: 0.25, clip: [0, 1], rng: createRng(4)} as const;
    const attack = attackOf<tf.Tensor2D>({attack: undefined});
    const ours = await attack(model, x, labels, {...threat, exampleIds: [0, 1]});
    const same = await restartedPgdAttack(model, x, labels, {
      ...{...threat, exampleIds: [0, 1], restarts: 1, steps: 20},
    });
    const found = ours instanceof tf.Tensor ? ours : ours.adversarial;
    expect(numbers(found)).toEqual(numbers(same.adversarial));
    expect(numbers(found)).not.toEqual(numbers(x));
    tf.dispose([x, labels, found, same.adversarial]);
  });

  it('takes the attack that is given', () => {
    expect(attackOf({attack: pgdAttack})).toBe(pgdAttack);
    expect(attackOf({attack: undefined})).toBeTypeOf('function');
  });
});
