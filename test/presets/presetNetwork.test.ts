import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {mobileNetV2} from '../../src/models/mobileNetV2';
import {preActResnet18} from '../../src/models/preActResnet18';
import {resnet18} from '../../src/models/resnet18';
import {wideResnet} from '../../src/models/wideResnet';
import {preset} from '../../src/presets/presets';
import {presetNetwork} from '../../src/presets/presetNetwork';
import {bitsOf} from '../support/trainings';

describe('presetNetwork', () => {
  it('makes the network that the paper names, at full size', () => {
    const {main} = preset('cifar10-lt50/resnet18/at-bsl');
    const model = presetNetwork(main, {numClasses: 10});
    // 11 173 962 trainable ones, and the running statistics.
    expect(model.countParams()).toBe(11_183_562);
    model.dispose();
  });

  it.each([
    [{name: 'resnet18', width: 1}, resnet18],
    [{name: 'preActResnet18', width: 1}, preActResnet18],
    [{name: 'wideResnet', width: 1, depth: 10}, wideResnet],
    [{name: 'mobileNetV2', width: 0.1}, mobileNetV2],
  ] as const)('makes $name for any images and classes', async (network, make) => {
    const size = {inputShape: [16, 16, 1] as const, numClasses: 7, seed: 3};
    const model = presetNetwork({network, head: 'linear'}, size);
    expect(model.outputs[0]?.shape).toEqual([null, 7]);
    const {width, depth} = {depth: undefined, ...network};
    const direct = make({...size, width, ...(depth === undefined ? {} : {depth})});
    // The first layer is named after the number of inputs that there were before it.
    const names = ({layers}: LayersModel) => layers.slice(1).map(({name}) => name);
    expect(names(model)).toEqual(names(direct));
    expect(await bitsOf(model)).toEqual(await bitsOf(direct));
    model.dispose();
    direct.dispose();
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
  it('takes the stages of presets, and no other options than a network has', () => {
    const {main} = preset('cifar10-lt50/resnet18/at-bsl');
    const small = {...main, network: {name: 'resnet18', width: 1} as const};
    expect(() =>
      presetNetwork({...small, network: {name: 'resnet50' as 'resnet18', width: 1}}),
    ).toThrow(/^presetNetwork: "network" must be one of .*mobileNetV2/);
    expect(() => presetNetwork({} as typeof main)).toThrow(
      /^presetNetwork: "stage" must be a stage of a preset, .* Pass preset\(id\)\.main, or its teacher\.$/,
    );
    expect(() => presetNetwork(small, {classes: 10} as object)).toThrow(
      /^presetNetwork: "classes" must be one of its/,
    );
    const model = presetNetwork(small);
    // As the networks themselves: images of CIFAR, ten classes.
    expect(model.inputs[0]?.shape).toEqual([null, 32, 32, 3]);
    expect(model.outputs[0]?.shape).toEqual([null, 10]);
    model.dispose();
  });
});
