import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../../src/core/classifier';
import {withCompleteBatchNorms} from '../../../src/core/layers/completeBatchNorm';
import {passTensors} from '../../../src/core/pass';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

const l = layers.layers;

/** A net with a batch norm in a model, one in a wrapper and one of its own. */
function net(scale: boolean, center: boolean): layers.LayersModel {
  const norm = (extra = {}) => l.batchNormalization({scale, center, ...extra});
  const init = layers.initializers.glorotUniform({seed: 3});
  return layers.sequential({
    layers: [
      layers.sequential({layers: [norm({inputShape: [4, 2]})]}),
      l.timeDistributed({layer: norm()}),
      l.flatten(),
      l.dense({units: 3, kernelInitializer: init}),
      norm(),
    ],
  });
}

describe('withCompleteBatchNorms', () => {
  it.each([
    [false, true],
    [true, false],
    [false, false],
  ])('trains as with a scale of 1 and an offset of 0: %s, %s', async (scale, center) => {
    const [model, full] = [net(scale, center), net(true, true)];
    const x = seeded<tf.Rank.R3>([5, 4, 2], 1);
    const of = (each: layers.LayersModel) => {
      const {training, variables} = asTrainableClassifier<tf.Tensor3D>(each, 'test');
      const loss = (): tf.Scalar => tf.mean(tf.square(passTensors(training(x)).logits));
      const {value, grads} = withGradientKernels(() => tf.variableGrads(loss, [...variables]));
      const named = variables
        .filter(({name}) => name.includes('kernel') || name.includes('bias'))
        .map(({name}) => numbers(grads[name] as tf.Tensor));
      const result = [numbers(value), ...named];
      tf.dispose([value, grads]);
      return result;
    };
    await expectNoLeak(() => {
      const [own, expected] = [of(model), of(full)];
      expect(own).toHaveLength(3);
      own.forEach((values, i) => expectClose(values, expected[i] as number[], 1e-5));
    });
    [model, full].forEach((each) => each.dispose());
  });

  it('puts the layers back as they were, also on throw', () => {
    const model = net(false, true);
    const norm = model.layers.at(-1) as unknown as {gamma?: unknown; beta?: unknown};
    const before = {...norm};
    expect(() =>
      withCompleteBatchNorms(model, () => {
        expect(norm.gamma).toBeDefined();
        expect(norm.beta).toBe(before.beta);
        throw new Error('amid');
      }),
    ).toThrow('amid');
    expect({...norm}).toEqual(before);
    model.dispose();
  });
});
