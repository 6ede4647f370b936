import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential, type LayersModel} from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import {asClassifier} from '../../../src/core/classifier';
import {normalizePixels} from '../../../src/models/normalizePixels';
import {loadStateDict} from '../../../src/models/pytorch/loadStateDict';
import {renaming} from '../../../src/models/pytorch/nameMap';
import {readSafetensors} from '../../../src/models/pytorch/readSafetensors';
import type {StateDict, StateTensor} from '../../../src/models/pytorch/stateTensor';
import {resnet18} from '../../../src/models/resnet18';
import {NARROW, readGolden, TORCH} from '../../support/networks';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

const checkpoint = (name: string) => readSafetensors(readGolden(`network-${name}.safetensors`));

// A net of convolutions with bias and a flattened map, as networks_torch.py has it.
const flatNet = () =>
  sequential({
    layers: [
      layers.conv2d({name: 'conv1', inputShape: [8, 6, 3], filters: 4, kernelSize: 3, padding: 'same', activation: 'relu'}), // prettier-ignore
      layers.zeroPadding2d({padding: [[1, 1], [1, 1]]}), // prettier-ignore
      layers.conv2d({name: 'conv2', filters: 5, kernelSize: 3, strides: 2, activation: 'relu'}),
      layers.flatten(),
      layers.dense({name: 'fc1', units: 7, activation: 'relu'}),
      layers.dense({name: 'fc2', units: 3}),
    ],
  });

const logitsOf = (model: LayersModel, name: string) =>
  tf.tidy(() => {
    const {pixels, shape} = TORCH.networks[name] ?? expect.fail(name);
    return numbers(asClassifier(model)(tf.div(tf.tensor4d(pixels, shape), 255)));
  });

describe('loadStateDict', () => {
  it.each(Object.keys(TORCH.networks))('gives the logits of PyTorch: %s', (name) =>
    expectNoLeak(() => {
      const {shape, logits} = TORCH.networks[name] ?? expect.fail(name);
      const [, height, width, channels] = shape;
      const {make, nameMap} = NARROW[name] ?? {make: flatNet};
      const model = make({inputShape: [height, width, channels], numClasses: 4});
      const matched = loadStateDict(model, checkpoint(name).tensors, {nameMap});
      expect(matched).toEqual({missing: [], unexpected: []});
      expectClose(logitsOf(model, name), logits, 1e-5);
      model.dispose();
    }),
  );

  it('leaves a normalisation inside as it is', () => {
    const model = flatNet();
    const outer = normalizePixels(model, {mean: 0.5, deviation: 0.25});
    const before = outer.layers[0]?.getWeights().map(numbers);
    loadStateDict(outer, checkpoint('flat').tensors);
    expect(outer.layers[0]?.getWeights().map(numbers)).toEqual(before);
    expectClose(logitsOf(model, 'flat'), TORCH.networks['flat']?.logits ?? [], 1e-5);
    outer.dispose();
  });

  it('takes double precision', () => {
    const model = flatNet();
    const doubled = [...checkpoint('flat').tensors].map(
      ([name, {shape, values}]) =>
        [name, {shape, values: Float64Array.from(values as Float32Array)}] as const,
    );
    loadStateDict(model, new Map(doubled));
    expectClose(logitsOf(model, 'flat'), TORCH.networks['flat']?.logits ?? [], 1e-5);
    model.dispose();
  });
});

describe('what loadStateDict refuses', () => {
  const model = resnet18({width: 2, numClasses: 4});
  afterAll(() => model.dispose());
  const {tensors} = checkpoint('resnet18');
  const before = model.getWeights().map(numbers);

  /** The checkpoint with some tensors changed, or left out if `undefined`. */
  function changed(changes: Record<string, StateTensor | undefined>): StateDict {
    const result = new Map(tensors);
    for (const [name, tensor] of Object.entries(changes)) {
      if (tensor === undefined) result.delete(name);
      else result.set(name, tensor);
    }
    return result;
  }

  const vector = (...values: number[]) => ({
    shape: [values.length],
    values: Float32Array.from(values),
  });

  it.each([
    [{'linear.bias': undefined}, /"tensors" must have the names of the model, found 1 missing: linear\.bias\. Pass a nameMap/],
    [{'fc.bias': vector(1)}, /found 1 unexpected: fc\.bias\./],
    [{'linear.bias': undefined, 'fc.bias': vector(1)}, /found 1 missing: linear\.bias; 1 unexpected: fc\.bias\./],
    [{'linear.bias': vector(1, 2)}, /must have the shapes of the model, found "linear\.bias" \[2\] of 2 values for \[4\]/],
    [{'linear.bias': {shape: [4], values: Float32Array.of(1)}}, /"linear\.bias" \[4\] of 1 values for \[4\]/],
    [{'linear.bias': {shape: [4], values: new BigInt64Array(4)}}, /tensors\["linear\.bias"\]" must have floating-point values, found integers/],
    [{'linear.bias': {shape: [4], values: new BigUint64Array(4) as unknown as BigInt64Array}}, /tensors\["linear\.bias"\]" must have floating-point values, found integers/],
    [{'linear.bias': vector(1, NaN, 2, 3)}, /tensors\["linear\.bias"\]" must have finite values, found NaN/],
    [{'linear.bias': {shape: [4], values: Float64Array.of(1, 2, 3, 1e39)}}, /must have finite values, found Infinity/],
    [{'bn1.running_var': vector(1, -0.5)}, /tensors\["bn1\.running_var"\]" must have finite values >= 0, found -0\.5/],
  ])('%o, and changes nothing', (changes, message) =>
    expectNoLeak(() => {
      expect(() => loadStateDict(model, changed(changes))).toThrow(message);
      expect(model.getWeights().map(numbers)).toEqual(before);
    }),
  ); // prettier-ignore

  const wrong = [{shape: [4], values: [1, 2, 3, 4]}, {shape: 'x', values: new Float32Array(4)}, {shape: [4], values: new DataView(new ArrayBuffer(16))}]; // prettier-ignore

  it.each([undefined, null, 3, [1, 2, 3, 4], ...wrong])('%o in place of a tensor', (value) => {
    const broken = new Map<string, unknown>([...tensors, ['linear.bias', value]]) as StateDict;
    expect(() => loadStateDict(model, broken)).toThrow(
      /tensors\["linear\.bias"\]" must be \{shape, values\} with values in a typed array/,
    );
  });

  it('names of another network, of which it lists some', () => {
    expect(() => loadStateDict(model, checkpoint('mobileNetV2').tensors)).toThrow(
      /found \d+ missing: (?:[\w.]+, ){8}and \d+ more; \d+ unexpected: (?:[\w.]+, ){8}and \d+ more\./,
    );
  });

  it('another width, by PyTorch’s shapes', () => {
    const wider = resnet18({width: 3, numClasses: 4});
    expect(() => loadStateDict(wider, tensors)).toThrow(
      /found "conv1\.weight" \[2, 3, 3, 3\] of 54 values for \[3, 3, 3, 3\], "bn1\.weight" \[2\]/,
    );
    wider.dispose();
  });

  it.each([Object.fromEntries(tensors), undefined, [1]])('%o in place of a Map', (value) => {
    expect(() => loadStateDict(model, value as unknown as StateDict)).toThrow(
      /"tensors" must be a Map from names to \{shape, values\}/,
    );
  });

  it('a model that was disposed', () => {
    const gone = resnet18({width: 2, numClasses: 4});
    gone.dispose();
    expect(() => loadStateDict(gone, tensors)).toThrow(
      /loadStateDict: "model" must have its weights, found a model that was disposed/,
    );
  });

  it('an unknown option', () => {
    const options = {strickt: false} as object;
    expect(() => loadStateDict(model, tensors, options)).toThrow(/"strickt" must be one of/);
  });
});

describe('options of loadStateDict', () => {
  const {tensors} = checkpoint('resnet18');
  const biasOf = (model: LayersModel) => numbers(model.getLayer('linear').getWeights()[1] as tf.Tensor); // prettier-ignore

  it('strict: false loads what matches and says what does not', () => {
    const model = resnet18({width: 2, numClasses: 4});
    const before = biasOf(model);
    const nameMap = renaming([[/^linear\.bias$/, 'bias']]);
    const matched = loadStateDict(model, tensors, {strict: false, nameMap});
    expect(matched).toEqual({missing: ['bias'], unexpected: ['linear.bias']});
    expect(biasOf(model)).toEqual(before);
    expect(numbers(model.getLayer('bn1').getWeights()[0] as tf.Tensor)).toEqual(
      Array.from(tensors.get('bn1.weight')?.values as Float32Array),
    );
    model.dispose();
  });

  it('strict: false still refuses other shapes', () => {
    const model = resnet18({width: 2, numClasses: 5});
    expect(() => loadStateDict(model, tensors, {strict: false})).toThrow(
      /"linear\.weight" \[4, 16\]/,
    );
    model.dispose();
  });

  it('a map that leaves the head out, with ignore, moves a network to other classes', () => {
    const model = resnet18({width: 2, numClasses: 7});
    const before = biasOf(model);
    const nameMap = (name: string) => (name.startsWith('linear.') ? undefined : name);
    const matched = loadStateDict(model, tensors, {nameMap, ignore: /^linear\./g});
    expect(matched).toEqual({missing: [], unexpected: []});
    expect(biasOf(model)).toEqual(before);
    model.dispose();
  });

  it('renaming reads the names of torch.nn.DataParallel', () => {
    const model = resnet18({width: 2, numClasses: 4});
    const parallel = new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
    expect(() => loadStateDict(model, parallel)).toThrow(/missing: conv1\.weight/);
    loadStateDict(model, parallel, {nameMap: renaming([[/^/, 'module.']])});
    expect(biasOf(model)).toEqual(Array.from(tensors.get('linear.bias')?.values as Float32Array));
    model.dispose();
  });
});
