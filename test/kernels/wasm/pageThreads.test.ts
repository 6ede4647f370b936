import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {startPageThreads} from '../../../src/kernels/wasm/pageThreads';
import {threadsOn} from '../../../src/kernels/wasm/threads';

// Where there are threads it is tested in a page: test/browser/threads.test.ts.
describe('startPageThreads', () => {
  it('starts none where a backend has none', () => {
    expect(startPageThreads(tf.backend())).toBeUndefined();
    expect(startPageThreads({})).toBeUndefined();
    expect(threadsOn.has(tf.backend())).toBe(false);
  });
});
