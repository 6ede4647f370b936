import {
  input,
  layers,
  model,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../../src/core/errors';
import {cosineHead} from '../../../src/models/cosineHead';
import {normalizePixels} from '../../../src/models/normalizePixels';
import {torchWeights} from '../../../src/models/pytorch/torchWeights';
import {smallConvNet} from '../../../src/models/smallConvNet';

const same = (name: string) => name;

const shapesOf = (net: LayersModel) =>
  [...torchWeights('test', net, same)].map(([name, {shape}]) => [name, shape]);

describe('torchWeights', () => {
  it('knows each kind of layer, in PyTorch’s shapes', () => {
    const net = sequential({
      layers: [
        layers.conv2d({name: 'a', inputShape: [6, 8, 2], filters: 3, kernelSize: [1, 5]}),
        layers.batchNormalization({name: 'b'}),
        layers.depthwiseConv2d({name: 'c', kernelSize: 3, depthMultiplier: 2}),
        layers.globalAveragePooling2d({name: 'd'}),
        layers.dense({name: 'e', units: 7}),
        layers.batchNormalization({name: 'f', scale: false, center: false}),
        cosineHead(4, {name: 'g'}),
      ],
    });
    expect(shapesOf(net)).toEqual([
      ['a.weight', [3, 2, 1, 5]],
      ['a.bias', [3]],
      ['b.weight', [3]],
      ['b.bias', [3]],
      ['b.running_mean', [3]],
      ['b.running_var', [3]],
      ['c.weight', [6, 1, 3, 3]],
      ['c.bias', [6]],
      ['e.weight', [7, 6]],
      ['e.bias', [7]],
      ['f.running_mean', [7]],
      ['f.running_var', [7]],
      ['g.weight', [4, 7]],
    ]);
    net.dispose();
  });

  it('sees a flattened map through activations and dropout, and only there', () => {
    const net = sequential({
      layers: [
        layers.flatten({name: 'a', inputShape: [2, 3, 4]}),
        layers.activation({activation: 'relu'}),
        layers.dropout({rate: 0.5}),
        layers.dense({name: 'b', units: 5}),
        layers.dense({name: 'c', units: 6}),
      ],
    });
    const weights = torchWeights('test', net, same);
    expect(weights.get('b.weight')).toMatchObject({shape: [5, 24], view: [5, 4, 2, 3]});
    expect(weights.get('c.weight')).toMatchObject({shape: [6, 5], view: [6, 5]});
    net.dispose();
  });

  it('has a batch norm of a flattened map in PyTorch’s order, and one of channels as it is', () => {
    const net = sequential({
      layers: [
        layers.batchNormalization({name: 'a', inputShape: [2, 3, 4]}),
        layers.flatten(),
        layers.batchNormalization({name: 'b', scale: false}),
      ],
    });
    const weights = torchWeights('test', net, same);
    expect(weights.get('a.weight')).toMatchObject({shape: [4], view: [4], axes: [0]});
    for (const name of ['b.bias', 'b.running_mean', 'b.running_var']) {
      const layout = {shape: [24], view: [4, 2, 3], axes: [1, 2, 0]};
      expect(weights.get(name), name).toMatchObject(layout);
    }
    net.dispose();
  });

  it('looks into models inside of models, and passes by their normalisation', () => {
    const inner = smallConvNet({inputShape: [4, 4, 3], numClasses: 2, channels: [3]});
    const outer = normalizePixels(inner, {mean: 0.5});
    expect(shapesOf(outer)).toEqual(shapesOf(inner));
    expect(shapesOf(outer).length).toBe(4);
    outer.dispose();
  });

  it('lists a layer that is used twice once, trained or not', () => {
    const shared = layers.dense({name: 'a', units: 3, trainable: false});
    const x = input({shape: [3]});
    const outputs = shared.apply(shared.apply(x));
    const net = model({inputs: x, outputs: outputs as SymbolicTensor});
    expect(shapesOf(net)).toEqual([
      ['a.weight', [3, 3]],
      ['a.bias', [3]],
    ]);
    net.dispose();
  });

  it('leaves out what the map leaves out', () => {
    const net = sequential({layers: [layers.dense({name: 'a', inputShape: [2], units: 2})]});
    const names = torchWeights('test', net, (name) =>
      name === 'a.bias' ? undefined : `x.${name}`,
    );
    expect([...names.keys()]).toEqual(['x.a.weight']);
    net.dispose();
  });

  it('refuses a map that makes two names one', () => {
    const net = sequential({layers: [layers.dense({name: 'a', inputShape: [2], units: 2})]});
    expect(() => torchWeights('test', net, () => 'w')).toThrow(
      /test: "nameMap" must give each weight a name of its own, found "w" for both "a.weight" and "a.bias"/,
    );
    net.dispose();
  });

  it('refuses a layer without a counterpart, by name', () => {
    const net = sequential({layers: [layers.embedding({name: 'e', inputDim: 3, outputDim: 2, inputLength: 2})]}); // prettier-ignore
    expect(() => torchWeights('test', net, same)).toThrow(
      /found "embeddings" of layer "e", a Embedding/,
    );
    net.dispose();
  });

  const joined = () => {
    const x = input({shape: [2, 3, 4]});
    const halves = [0, 1].map(() => layers.flatten().apply(x) as SymbolicTensor);
    const both = layers.concatenate({name: 'both'}).apply(halves) as SymbolicTensor;
    const y = layers.dense({name: 'fc', units: 2}).apply(both) as SymbolicTensor;
    return model({inputs: x, outputs: layers.dense({name: 'last', units: 2}).apply(y) as SymbolicTensor}); // prettier-ignore
  };

  it('refuses a weight whose order it cannot follow, by the layer in between', () => {
    const net = joined();
    expect(() => torchWeights('test', net, same)).toThrow(InvalidArgumentError);
    expect(() => torchWeights('test', net, same)).toThrow(
      /test: "model" must keep the order of features.* as far as layer "fc", found layer "both", a Concatenate\. .*nameMap/,
    );
    net.dispose();
  });

  it('takes a model of which the map leaves that weight out', () => {
    const net = joined();
    const names = (name: string) => (name === 'fc.weight' ? undefined : name);
    expect([...torchWeights('test', net, names).keys()]).toEqual(['fc.bias', 'last.weight', 'last.bias']); // prettier-ignore
    net.dispose();
  });

  it('refuses a model that was disposed', () => {
    const net = joined();
    net.dispose();
    expect(() => torchWeights('test', net, same)).toThrow(
      /test: "model" must have its weights, found a model that was disposed/,
    );
  });

  it.each([undefined, {}, 'resnet18'])('refuses %o as a model', (value) => {
    expect(() => torchWeights('test', value as unknown as LayersModel, same)).toThrow(
      /test: "model" must be a tf.LayersModel/,
    );
  });
});
