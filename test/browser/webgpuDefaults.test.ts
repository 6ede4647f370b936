/*
 * WebGPU with default options: nothing may read from the device at once, and every result is that of
 * cpu.
 */
import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';

import {tinyConvNet} from '../support/models';
import {expectClose} from '../support/tensors';
import {WEBGPU_RUNS, webgpuInputs} from '../support/webgpuRuns';

describe('WebGPU with default options', () => {
  let reads = 0;
  beforeEach(() => {
    reads = 0;
    const prototype = tf.Tensor.prototype as tf.Tensor;
    const {dataSync} = prototype;
    vi.spyOn(prototype, 'dataSync').mockImplementation(function (this: tf.Tensor) {
      if (tf.getBackend() === 'webgpu') reads++;
      return dataSync.call(this) as never;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await tf.setBackend('cpu');
  });

  it('a read at once would be seen', async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    const one = tf.scalar(1);
    one.dataSync();
    one.dispose();
    expect(reads).toBe(1);
  });

  it.each(Object.entries(WEBGPU_RUNS))(
    '%s gives what cpu gives, and reads nothing at once',
    async (_, run) => {
      await tf.setBackend('cpu');
      const onCpu = tinyConvNet();
      const given = webgpuInputs();
      const expected = await run(onCpu, given);
      tf.dispose(Object.values(given));
      onCpu.dispose();
      expect(await tf.setBackend('webgpu')).toBe(true);
      const model = tinyConvNet();
      const own = webgpuInputs();
      const found = await run(model, own);
      expect(reads).toBe(0);
      tf.dispose(Object.values(own));
      model.dispose();
      expectClose(found, Array.from(expected), 1e-4);
    },
  );
});
