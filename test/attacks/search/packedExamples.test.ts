import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {packedExamples} from '../../../src/attacks/search/packedExamples';
import {expectNoLeak, numbers} from '../../support/tensors';

it('packedExamples gives each example in place, copies and tensors', async () => {
  const like = tf.zeros([9, 2, 1]);
  await expectNoLeak(() => {
    const examples = packedExamples(Float32Array.of(1, 2, 3, 4, 5, 6), like);
    expect(examples.of(1)).toEqual(Float32Array.of(3, 4));
    examples.of(1)[0] = 7;
    expect(examples.values[2]).toBe(7);
    const copies = examples.gather(Int32Array.of(2, 0, 2));
    expect(Array.from(copies.values)).toEqual([5, 6, 1, 2, 5, 6]);
    copies.of(0)[1] = 0;
    expect(examples.values[5]).toBe(6);
    const tensor = copies.upload();
    expect([tensor.shape, numbers(tensor)]).toEqual([[3, 2, 1], [5, 0, 1, 2, 5, 6]]); // prettier-ignore
    tensor.dispose();
  });
  like.dispose();
});
