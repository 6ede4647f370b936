import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {readModel} from '../../src/cli/readModel';
import {cosineHead} from '../../src/models/cosineHead';
import {fileModel} from '../../src/node/fileModel';
import {writeProject} from '../support/cliProject';
import {withFolder} from '../support/folders';
import {denseArtifacts} from '../support/graphModels';
import {expectClose, expectNoLeak} from '../support/tensors';

const image = (value: number) => tf.fill([1, 2, 2, 1], value) as tf.Tensor4D;

describe('readModel', () => {
  it('gives the logits of a layers model that ends in a softmax', () =>
    withFolder({}, async (folder) => {
      const {model} = await writeProject(folder);
      await expectNoLeak(async () => {
        const {classify, layers, input, dispose} = await readModel(model, {inputRange: [0, 1]});
        expect(input.shape).toEqual([2, 2, 1]);
        tf.tidy(() => expectClose(classify(image(0.75)), [-1, 1]));
        expect(layers).toBeDefined();
        dispose();
      });
    }));

  it('knows the cosine head, which nothing else in the command has made', () =>
    withFolder({}, (folder) =>
      expectNoLeak(async () => {
        const flatten = layers.flatten({inputShape: [2, 2, 1]});
        const net = sequential({layers: [flatten, cosineHead(3)]});
        await net.save(fileModel(folder));
        net.dispose();
        delete tf.serialization.SerializationMap.getMap().classNameMap['CosineHead'];
        const model = await readModel(folder, {inputRange: [0, 1]});
        expect(model.layers?.layers.at(-1)?.getClassName()).toBe('CosineHead');
        model.dispose();
      }),
    ));

  it('gives the model the range that it takes', () =>
    withFolder({}, async (folder) => {
      const {model} = await writeProject(folder);
      const {classify, dispose} = await readModel(path.join(model, 'model.json'), {
        inputRange: [-1, 3],
      });
      // 0.5 stands for 1: the sum of four is 4, less 2.
      tf.tidy(() => expectClose(classify(image(0.5)), [-2, 2]));
      dispose();
      // One end of the range may be that of pixels.
      for (const [range, logit] of [
        [[-1, 1], -2],
        [[0, 3], 4],
      ] as const) {
        const scaled = await readModel(model, {inputRange: range});
        tf.tidy(() => expectClose(scaled.classify(image(0.5)), [-logit, logit]));
        scaled.dispose();
      }
    }));

  // Bright pixels speak for the second class: twice the sum of four.
  const kernel = [-1, -1, -1, -1].map((weight) => [weight, 1]);
  const writeGraph = (folder: string, endings: Parameters<typeof denseArtifacts>[0]['endings']) =>
    fileModel(folder).save(denseArtifacts({kernel, endings}));

  it('finds the logits of a graph model, which takes the pixels in one row', () =>
    withFolder({}, async (folder) => {
      await writeGraph(folder, ['Softmax', 'Identity']);
      await expectNoLeak(async () => {
        const {classify, layers, input, dispose} = await readModel(folder, {inputRange: [0, 1]});
        tf.tidy(() => expectClose(classify(image(0.75)), [-3, 3]));
        expect(layers).toBeUndefined();
        expect(input.shape).toEqual([4]);
        dispose();
      });
    }));

  it('takes the logits of a graph model that are named, and says which there are', () =>
    withFolder({}, async (folder) => {
      await writeGraph(folder, ['divided Exp']);
      await expectNoLeak(async () => {
        await expect(readModel(folder, {inputRange: [0, 1]})).rejects.toThrow(
          /This graph model must end in logits, .* Choose .*, --logits logits say\. Candidates: 'logits' \(MatMul\)/,
        );
        const options = {inputRange: [0, 1], logits: 'logits'} as const;
        const {classify, dispose} = await readModel(folder, options);
        tf.tidy(() => expectClose(classify(image(0.5)), [-2, 2]));
        dispose();
        await expect(readModel(folder, {...options, logits: 'scores'})).rejects.toThrow(
          /found "scores"\. Choose .*, --logits logits say\./,
        );
      });
    }));

  it('says that a graph model cannot be read', () =>
    withFolder({}, async (folder) => {
      await mkdir(folder, {recursive: true});
      // Either of its marks is enough: converters of old wrote no format.
      for (const json of [
        {format: 'graph-model', modelTopology: {}},
        {modelTopology: {node: []}},
      ]) {
        const text = JSON.stringify({...json, weightsManifest: []});
        await writeFile(path.join(folder, 'model.json'), text);
        await expect(readModel(folder, {inputRange: [0, 1]})).rejects.toThrow(
          'is no graph model that TensorFlow.js can read',
        );
      }
    }));

  it('says what to do with a model of Keras 3, and why another one cannot be read', () =>
    withFolder({}, async (folder) => {
      const write = (modelTopology: object) =>
        writeFile(
          path.join(folder, 'model.json'),
          JSON.stringify({format: 'layers-model', modelTopology, weightsManifest: []}),
        );
      const input = {class_name: 'InputLayer', config: {batch_shape: [null, 2], name: 'i'}};
      const config = {name: 's', layers: [input]};
      await mkdir(folder, {recursive: true});
      await write({keras_version: '3.15.1', model_config: {class_name: 'Sequential', config}});
      await expect(readModel(folder, {inputRange: [0, 1]})).rejects.toThrow(
        /was saved by Keras 3\.15\.1, .* cannot read\.\nSave it by Keras 2/,
      );
      await write({class_name: 'Sequential', config});
      await expect(readModel(folder, {inputRange: [0, 1]})).rejects.toThrow(
        /is no layers model that TensorFlow\.js can read: An InputLayer should/,
      );
    }));
});
