import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {preset} from '../../src/presets/presets';
import {presetNetwork} from '../../src/presets/presetNetwork';

describe('presetNetwork', () => {
  it('makes the network that the paper names, at full size', () => {
    const {main} = preset('cifar10-lt50/resnet18/at-bsl');
    const model = presetNetwork(main, {numClasses: 10});
    // 11 173 962 trainable ones, and the running statistics.
    expect(model.countParams()).toBe(11_183_562);
    model.dispose();
  });

  it.each([
    ['resnet18', undefined],
    ['preActResnet18', undefined],
    ['wideResnet', 10],
    ['mobileNetV2', undefined],
  ] as const)('makes %s for any images and classes', (name, depth) => {
    const network = {name, width: name === 'mobileNetV2' ? 0.1 : 1, depth};
    const model = presetNetwork(
      {network, head: 'linear'},
      {inputShape: [16, 16, 1], numClasses: 7},
    );
    expect(model.outputs[0]?.shape).toEqual([null, 7]);
    model.dispose();
  });

  it("gives cosines with RoBal's head", () => {
    const {main} = preset('cifar100-lt10/resnet18/robal');
    const network = {...main.network, width: 2};
    const model = presetNetwork({...main, network}, {inputShape: [16, 16, 3], numClasses: 100});
    tf.tidy(() => {
      const logits = model.predict(
        tf.randomUniform([4, 16, 16, 3], 0, 1, 'float32', 1),
      ) as tf.Tensor;
      const largest = Math.max(...tf.abs(logits).dataSync());
      expect(largest).toBeGreaterThan(0);
      expect(largest).toBeLessThan(1);
    });
    model.dispose();
  });

  it('refuses a network that there is not', () => {
    const network = {name: 'resnet50' as 'resnet18', width: 1};
    expect(() => presetNetwork({network, head: 'linear'})).toThrow('resnet50');
  });
});
