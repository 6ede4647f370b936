import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {troubleOf, TroubleError} from '../../../examples/playground/src/worker/trouble';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {asClassifier} from '../../../src/core/classifier';

const caught = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
};

describe('what went wrong, in plain words', () => {
  it('is handed on where it is plain already', () => {
    expect(troubleOf(new TroubleError('No model.', 'Drop one.'))).toEqual({
      ...{message: 'No model.', advice: 'Drop one.'},
    });
  });

  it('says of a network that gives nothing to follow that this is no robustness', () => {
    const flat = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(tf.sum(x, 1, true), [[0, 0]]);
    const error = caught(() =>
      tf.tidy(() => pgdAttack(flat, tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([0], 'int32'))),
    );
    const {message, advice} = troubleOf(error);
    expect(message).toContain('gives the attack no direction');
    expect(advice).toContain('no sign of robustness');
  });

  it('names what a network has instead of scores', () => {
    const model = sequential({
      layers: [layers.dense({inputShape: [2], units: 3, activation: 'sigmoid'})],
    });
    const {message, advice} = troubleOf(caught(() => asClassifier(model)));
    model.dispose();
    expect(message).toMatch(/^The network must /);
    expect(advice).toMatch(/^In a program: /);
  });

  it.each([
    ['Unknown layer: Attention. This may be due to', 'a layer of the kind "Attention"'],
    ["Kernel 'Einsum' not registered for backend 'wasm'", 'the operation "Einsum"'],
    ['RangeError: Array buffer allocation failed', 'ran out of memory'],
    ['something else', 'something else'],
  ])('reads tfjs: %s', (text, words) => {
    expect(troubleOf(new Error(text)).message).toContain(words);
  });
});
