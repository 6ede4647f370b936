import {describe, expect, it} from 'vitest';

import {rangeOf, readInputs} from '../../src/cli/readInputs';
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
});
