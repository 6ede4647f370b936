import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {isSameStructure, type Structure, structureOf} from '../../../src/core/layers/structure';
import {tinyConvNet} from '../../support/models';

const known = (model: object): Structure => {
  const structure = structureOf(model);
  expect(structure).toBeDefined();
  return structure as Structure;
};

describe('structureOf', () => {
  it('lists the variables of a model, each once, those of inner models among them', () => {
    const shared = tfl.layers.dense({units: 4, inputShape: [4]});
    const inner = tfl.sequential({layers: [shared]});
    const input = tfl.input({shape: [4]});
    const once = inner.apply(input) as tfl.SymbolicTensor;
    const outputs = shared.apply(once) as tfl.SymbolicTensor;
    const model = tfl.model({inputs: input, outputs});
    expect(known(model).weights).toEqual(shared.weights.map((weight) => weight.read()));
    model.dispose();
  });

  it('is the same from one look to the next, also after passes, and for new values', () => {
    const model = tinyConvNet();
    const before = known(model);
    model.setWeights(model.getWeights());
    expect(isSameStructure(before, known(model))).toBe(true);
    model.dispose();
  });

  it.each([
    ['a setting', (layer: object) => Object.assign(layer, {padding: 'valid'})],
    ['strides', (layer: object) => Object.assign(layer, {strides: [2, 2]})],
    ['a weight', (layer: object) => Object.assign(layer, {kernel: {}})],
    ['an activation', (layer: object) => Object.assign(layer, {activation: null})],
  ])('is another one where %s of a layer is', (_, change) => {
    const model = tinyConvNet();
    const before = known(model);
    change(model.layers[0] as object);
    expect(isSameStructure(before, known(model))).toBe(false);
    model.dispose();
  });

  it('is another one for other models', () => {
    const [model, other] = [tinyConvNet(), tinyConvNet()];
    expect(isSameStructure(known(model), known(other))).toBe(false);
    model.dispose();
    other.dispose();
  });

  it('is unknown of what may run other operations, and of what is watched', () => {
    const l = tfl.layers;
    const of = (layer: tfl.layers.Layer) =>
      structureOf(tfl.sequential({layers: [l.inputLayer({inputShape: [4, 4]}), layer]}));
    expect(of(l.dense({units: 2}))).toBeDefined();
    for (const layer of [
      ...[
        l.dropout({rate: 0.1}),
        l.lstm({units: 2, recurrentInitializer: 'zeros'}),
        l.timeDistributed({layer: l.dense({units: 1})}),
      ],
    ]) {
      expect(of(layer)).toBeUndefined();
    }
    const watched = l.dense({units: 2});
    watched.setCallHook(() => undefined);
    expect(of(watched)).toBeUndefined();
    expect(structureOf({})).toBeUndefined();
    const model = tinyConvNet();
    model.apply = model.apply.bind(model);
    expect(structureOf(model)).toBeUndefined();
    model.dispose();
  });
});
