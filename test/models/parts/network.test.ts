import {describe, expect, it} from 'vitest';

import {convolution, relu, type Place} from '../../../src/models/parts/layering';
import {buildNetwork} from '../../../src/models/parts/network';
import {NETWORK_DEFAULTS} from '../../../src/models/parts/networkOptions';
import {numbers} from '../../support/tensors';

const plan = {
  where: 'oneLayer',
  body: (x: Place) => relu(convolution(x, 'conv1', {filters: 5, kernelSize: 3}), 'relu'),
  headName: 'fc',
};
const settings = {...NETWORK_DEFAULTS, inputShape: [6, 6, 2] as const, numClasses: 3};

describe('buildNetwork', () => {
  it('puts pixels, body, average and head in a row, by their names', () => {
    const network = buildNetwork(plan, {...settings, normalization: {mean: 0.5}});
    expect(network.name).toBe('oneLayer');
    const names = network.layers.map(({name}) => name).slice(1); // the first is tfjs's own
    expect(names).toEqual(['normalize', 'conv1', 'relu', 'features', 'fc']);
    expect(network.getLayer('features').outputShape).toEqual([null, 5]);
    expect(network.outputs[0]?.shape).toEqual([null, 3]);
    network.dispose();
  });

  it.each([
    ['linear', 'Dense', {units: 3, useBias: true}],
    ['cosine', 'CosineHead', {units: 3, scale: 1, normOffset: 1 / 32}],
    [{scale: 4, normOffset: 0.5}, 'CosineHead', {units: 3, scale: 4, normOffset: 0.5}],
  ] as const)('makes the head %o', (head, className, config) => {
    const network = buildNetwork(plan, {...settings, head});
    const layer = network.layers.at(-1);
    expect(layer?.getClassName()).toBe(className);
    expect(layer?.getConfig()).toMatchObject(config);
    network.dispose();
  });

  it('draws each layer from a stream of its name: another head shifts nothing', () => {
    const [linear, cosine] = (['linear', 'cosine'] as const).map((head) =>
      buildNetwork(plan, {...settings, head, normalization: {mean: 0.1}}),
    );
    const kernel = (network = linear) =>
      numbers(network?.getLayer('conv1').getWeights()[0] ?? expect.fail('no kernel'));
    expect(kernel(cosine)).toEqual(kernel(linear));
    linear?.dispose();
    cosine?.dispose();
  });
});
