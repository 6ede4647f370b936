import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {mobileNetV2} from '../../../src/models/mobileNetV2';
import {fittingWeights} from '../../../src/models/parts/fittingWeights';
import {resnet18} from '../../../src/models/resnet18';
import {smallConvNet} from '../../../src/models/smallConvNet';
import {wideResnet} from '../../../src/models/wideResnet';
import {expectNoLeak} from '../../support/tensors';

const dense = (units: number) => layers.dense({units, kernelInitializer: 'zeros'});

describe('fittingWeights', () => {
  it('is the network that was built', () => {
    const model = sequential({layers: [layers.inputLayer({inputShape: [2]}), dense(3)]});
    expect(fittingWeights('net', 'width', () => model)).toBe(model);
    model.dispose();
  });

  it('disposes what was made when anything is thrown, and nothing else', async () => {
    const own = tf.variable(tf.scalar(1));
    await expectNoLeak(() => {
      const failing = () => {
        sequential({layers: [layers.inputLayer({inputShape: [2]}), dense(3)]});
        throw new Error('of the builder');
      };
      expect(() => fittingWeights('net', 'width', failing)).toThrow('of the builder');
    });
    expect(own.isDisposed).toBe(false);
    own.dispose();
  });
});

const SIZE = {inputShape: [4, 4, 1], numClasses: 3, channels: [4]} as const;

it.each([
  ['wideResnet', 'width', () => wideResnet({depth: 10, width: 2 ** 31})],
  ['resnet18', 'width', () => resnet18({width: 1e5})],
  ['mobileNetV2', 'width', () => mobileNetV2({width: 1e6})],
  ['smallConvNet', 'channels', () => smallConvNet({...SIZE, channels: [1e9]})],
  ['smallConvNet', 'channels', () => smallConvNet({...SIZE, hiddenUnits: 2 ** 31})],
])('%s is refused where %s makes it larger than memory', async (name, argument, make) => {
  await expectNoLeak(() => {
    expect(make).toThrow(
      new RegExp(`^${name}: "${argument}" must be such that the weights fit into memory`),
    );
  });
});
