import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {hasSwiftShader, lastLine, runOnSwiftShader} from '../support/swiftShader';

// Whatever the backend of this process: once is enough.
it.runIf(tf.getBackend() === 'cpu' && hasSwiftShader)(
  'refuses reads at once, and every read after the device has refused a command',
  async () => {
    const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;
    expect(lastLine(await runOnSwiftShader('test/node/webGpuGuard.ts'))).toEqual({
      atOnce: matching(/must be read by a promise on WebGPU in Node.*await tensor\.data\(\)/),
      fromMemory: 5,
      awaited: 2,
      refused: matching(/refused a command.*exceeds the max buffer size.*smaller batches/),
    });
  },
);
