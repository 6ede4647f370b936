import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

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

  it('leaves a backend alone that other code has registered', async () => {
    const backend = tf.backend();
    tf.registerBackend('webgpu', () => backend);
    const factory = tf.findBackendFactory('webgpu');
    try {
      for (const dawnOptions of [[], ['adapter=x']]) {
        await expect(startWebGpu({dawnOptions})).rejects.toThrow(
          'startWebGpu: "environment" must have no backend named webgpu, found one that other code ' +
            "has registered. Take that one, await tf.setBackend('webgpu'), or " +
            "tf.removeBackend('webgpu') before.",
        );
      }
      expect(tf.findBackendFactory('webgpu')).toBe(factory);
    } finally {
      tf.removeBackend('webgpu');
    }
  });

  it('says what to pass', async () => {
    for (const dawnOptions of ['adapter=x', [1], {}, ['a', undefined]]) {
      await expect(startWebGpu({dawnOptions: dawnOptions as never})).rejects.toThrow(
        /^startWebGpu: "dawnOptions" must be an array of strings, found .* Pass one such as \['adapter=NVIDIA'\]\.$/,
      );
    }
  });

  it.runIf(once)('says which package is not there', async () => {
    for (const name of ['webgpu', '@tensorflow/tfjs-backend-webgpu']) {
      const error = `Object.assign(new Error("no '${name}'"), {code: 'ERR_MODULE_NOT_FOUND'})`;
      const hook =
        `export const resolve = (name, context, next) => name === '${name}' ` +
        `? Promise.reject(${error}) : next(name, context);`;
      const url = `data:text/javascript,${encodeURIComponent(hook)}`;
      const code = `
        import {register} from 'node:module';
        import '@tensorflow/tfjs-backend-cpu';
        register(${JSON.stringify(url)});
        const {startWebGpu} = await import('./src/node/startWebGpu.ts');
        console.log(await startWebGpu().catch(String));`;
      const args = ['--import', 'tsx', '--input-type=module', '-e', code];
      const {stdout} = await promisify(execFile)(process.execPath, args, {timeout: 60_000});
      expect(stdout.trim().split('\n').at(-1)).toBe(
        `InvalidArgumentError: startWebGpu: "environment" must have the package ${name}, found ` +
          `none. npm install ${name}`,
      );
    }
  });
});
