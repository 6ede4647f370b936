import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asClassifier} from '../../../src/core/classifier';
import {
  type DataFormat,
  dataFormatOf,
  toChannelsFirst,
  toChannelsLast,
} from '../../../src/core/layers/imageLayout';
import {numbers} from '../../support/tensors';

const of = (shape: number[], given?: DataFormat, model?: unknown) =>
  tf.tidy(() => dataFormatOf('f', tf.zeros(shape), given, model));

const net = (dataFormat: DataFormat, inputShape: number[]) =>
  layers.sequential({
    layers: [
      layers.layers.conv2d({inputShape, filters: 2, kernelSize: 2, dataFormat}),
      layers.layers.globalAveragePooling2d({dataFormat}),
      layers.layers.dense({units: 2}),
    ],
  });

describe('dataFormatOf', () => {
  it('is what the caller says, whatever the rest', () => {
    expect(of([1, 3, 8, 8], 'channelsLast')).toBe('channelsLast');
    expect(of([1, 8, 8, 3], 'channelsFirst')).toBe('channelsFirst');
    expect(() => of([1, 8, 8, 3], 'channels' as DataFormat)).toThrow(
      /^f: "dataFormat" must be one of 'channelsLast', 'channelsFirst', found 'channels'/,
    );
  });

  it('is what the layers of the model say, of one inside another and behind a classifier too', () => {
    const model = net('channelsFirst', [3, 8, 8]);
    const outer = layers.sequential({layers: [model]});
    for (const each of [model, asClassifier(model), outer, {inference: asClassifier(model)}]) {
      expect(of([1, 3, 8, 8], undefined, each)).toBe('channelsFirst');
    }
    expect(of([1, 9, 8, 8], undefined, model)).toBe('channelsFirst');
    const last = net('channelsLast', [8, 8, 3]);
    expect(of([1, 8, 8, 3], undefined, last)).toBe('channelsLast');
    [outer, last].forEach((each) => each.dispose());
  });

  it('is channels last where nothing speaks against it', () => {
    const dense = layers.sequential({
      layers: [layers.layers.flatten({inputShape: [8, 8, 1]}), layers.layers.dense({units: 2})],
    });
    for (const shape of [
      [1, 8, 8, 1],
      [1, 2, 2, 4],
      [1, 9, 9, 64],
      [1, 1, 2, 1],
    ]) {
      expect(of(shape)).toBe('channelsLast');
      expect(of(shape, undefined, dense)).toBe('channelsLast');
      expect(of(shape, undefined, () => tf.zeros([1, 2]))).toBe('channelsLast');
    }
    dense.dispose();
  });

  it('is refused in doubt', () => {
    const model = net('channelsLast', [3, 8, 8]);
    expect(() => of([1, 3, 8, 8])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "dataFormat" must be given where the layout of the images is in doubt, found none, with images [1, 3, 8, 8]. Pass dataFormat: 'channelsFirst' for [batch, channels, height, width], 'channelsLast' for [batch, height, width, channels].]`,
    );
    expect(() => of([1, 3, 8, 8], undefined, model)).toThrow(/in doubt/);
    const first = net('channelsFirst', [8, 8, 3]);
    expect(() => of([1, 8, 8, 3], undefined, first)).toThrow(/in doubt/);
    const input = layers.input({shape: [8, 8, 8]});
    const pool = (dataFormat: DataFormat) => layers.layers.globalAveragePooling2d({dataFormat});
    const outputs = (['channelsFirst', 'channelsLast'] as const).map(
      (format) => pool(format).apply(input) as layers.SymbolicTensor,
    );
    const both = layers.model({inputs: input, outputs: layers.layers.add().apply(outputs) as layers.SymbolicTensor}); // prettier-ignore
    expect(() => of([1, 8, 8, 8], undefined, both)).toThrow(/and a model with layers of both/);
    [model, first, both].forEach((each) => each.dispose());
  });
});

it('images change their layout and back', () => {
  tf.tidy(() => {
    const first = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 1, 3]);
    const last = toChannelsLast(first);
    expect([last.shape, numbers(last)]).toEqual([[1, 1, 3, 2], [1, 4, 2, 5, 3, 6]]); // prettier-ignore
    expect(numbers(toChannelsFirst(last))).toEqual(numbers(first));
  });
});
