import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {startWebGpu} from '../../src/node/startWebGpu';
import {hasSwiftShader, lastLine, runOnSwiftShader} from '../support/swiftShader';
import {WEBGPU_RUNS} from '../support/webgpuRuns';

const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

// Each program in a process of its own, whatever the backend of this one.
const once = tf.getBackend() === 'cpu';

describe.runIf(once && hasSwiftShader)('startWebGpu on SwiftShader', {timeout: 300_000}, () => {
  it('computes what cpu computes, puts the process back, and lets it end', async () => {
    const [none, constants] = [
      [false, false],
      [false, true],
    ];
    expect(lastLine(await runOnSwiftShader('test/node/webGpuProgram.ts'))).toEqual({
      ...{before: none, during: constants, backend: 'webgpu', tensors: 0},
      ...{adapter: matching(/SwiftShader/), isSoftware: true, sameRun: true},
      other: matching(/"dawnOptions" must be \[\], as in the call that started the backend/),
      differences: Object.fromEntries(Object.keys(WEBGPU_RUNS).map((name) => [name, 'equal'])),
      stopped: {globals: none, registered: false},
      afterRestart: 3,
      taken: matching(/"environment" must have no backend named webgpu/),
    });
  });

  it('says what to do where there is no driver, or no device of that name', async () => {
    const program = 'test/node/webGpuRefusals.ts';
    expect(lastLine(await runOnSwiftShader(program, [], {driver: false}))).toEqual({
      plain: matching(
        /"environment" must have a device for WebGPU, found none\. Dawn needs Vulkan.*libvulkan1/,
      ),
      named: matching(/"dawnOptions" must have a device for WebGPU/),
      backend: 'cpu',
    });
    expect(lastLine(await runOnSwiftShader(program))).toMatchObject({
      plain: 'started',
      named: matching(/"dawnOptions" must have a device.*no suitable backends.*SwiftShader/s),
    });
  });
});

describe('startWebGpu', () => {
  it('refuses options that are none', async () => {
    await expect(startWebGpu({dawnOptions: 'adapter=x' as never})).rejects.toThrow(
      /startWebGpu: "dawnOptions" must be an array of strings, found 'adapter=x'/,
    );
    await expect(startWebGpu({dawnOptions: [1] as never})).rejects.toThrow(/"dawnOptions"/);
    await expect(startWebGpu({flags: []} as never)).rejects.toThrow(/"flags"/);
    expect(tf.findBackendFactory('webgpu')).toBeNull();
  });
});
