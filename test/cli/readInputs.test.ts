import path from 'node:path';

import {layers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {rangeOf, readInputs} from '../../src/cli/readInputs';
import {fileModel} from '../../src/node/fileModel';
import {writeProject} from '../support/cliProject';
import {withFolder} from '../support/folders';
import {expectNoLeak} from '../support/tensors';

describe('rangeOf', () => {
  it('takes two ends', () => {
    expect(rangeOf([0, 255])).toEqual([0, 255]);
    for (const wrong of [[1, 0], [0], [0, 1, 2], [NaN, 1]])
      expect(() => rangeOf(wrong)).toThrow('--input-range');
  });
});

describe('readInputs', () => {
  const options = {part: 'test', inputRange: [0, 1]} as const;

  it('gives images the channels that the model takes', () =>
    withFolder({}, async (folder) => {
      const {model, images} = await writeProject(folder);
      await expectNoLeak(async () => {
        const inputs = await readInputs(model, images, options);
        expect(inputs.model.input).toEqual({shape: [2, 2, 1], range: [0, 1]});
        const {x, labels} = await inputs.data.dataset.batch([0]);
        expect(x.shape).toEqual([1, 2, 2, 1]);
        x.dispose();
        labels.dispose();
        inputs.model.dispose();
      });
    }));

  it('says that images and model do not fit, and leaves nothing behind', () =>
    withFolder({}, async (folder) => {
      const {model, images} = await writeProject(folder);
      await expectNoLeak(() =>
        expect(readInputs(model, images, {...options, channels: 3})).rejects.toThrow(
          'The images are 2 x 2 x 3 (height, width, channels), the model takes 2 x 2 x 1.',
        ),
      );
      await expect(readInputs(model, 'examples/data/fashion-mnist', options)).rejects.toThrow(
        '28 x 28 x 1',
      );
    }));

  async function writeModel(folder: string, inputShape: (number | null)[]) {
    const pool =
      inputShape.length === 3
        ? [layers.globalAveragePooling2d({inputShape, dataFormat: 'channelsLast'})]
        : [layers.flatten({inputShape})];
    const model = sequential({layers: [...pool, layers.dense({units: 2})]});
    await model.save(fileModel(folder));
    model.dispose();
  }

  it.each([
    [[2, 2], 1],
    [[null, null, 1], 1],
    [[null, null, 3], 3],
  ])('reads images for a model of %j with %d channels', (shape, channels) =>
    withFolder({}, async (folder) => {
      const {images} = await writeProject(folder);
      await writeModel(path.join(folder, 'other'), shape);
      const {model, data} = await readInputs(path.join(folder, 'other'), images, options);
      const {x, labels} = await data.dataset.batch([0]);
      expect(x.shape).toEqual([1, 2, 2, channels]);
      x.dispose();
      labels.dispose();
      model.dispose();
    }),
  );

  it('says which lengths a model takes', () =>
    withFolder({}, async (folder) => {
      const {images} = await writeProject(folder);
      await writeModel(path.join(folder, 'other'), [null, 4, 1]);
      await expect(readInputs(path.join(folder, 'other'), images, options)).rejects.toThrow(
        'The images are 2 x 2 x 1 (height, width, channels), the model takes any x 4 x 1. ' +
          'Resize them, or see --channels.',
      );
      await expect(
        readInputs(path.join(folder, 'other'), images, {...options, inputRange: [0, 0]}),
      ).rejects.toThrow('--input-range takes the darkest and the brightest pixel, such as 0,255.');
    }));
});
