import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {guardedWebGpu} from '../../src/node/guardedWebGpu';
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

describe('guardedWebGpu', () => {
  // No device can be told to break in a given way, so a stand-in says what a broken one says.
  type Parts = Parameters<typeof guardedWebGpu>;
  const values = Float32Array.of(1, 2);

  function setUp() {
    const made: unknown[][] = [];
    class WebGPUBackend {
      readonly tensorMap = new Map<object, {values?: object | null; dtype: string}>();

      constructor(...given: unknown[]) {
        made.push(given);
      }

      async read() {
        return values;
      }

      readSync() {
        return values;
      }
    }
    let lose: (info: {reason: string; message: string}) => void = () => undefined;
    const lost = new Promise((resolve) => (lose = resolve));
    const device = Object.assign(new EventTarget(), {lost});
    const [adapter, bodies] = [{info: {vendor: 'none'}}, [] as unknown[]];
    const asNavigator = (body: () => unknown) => {
      bodies.push(body);
      return body();
    };
    const found = {adapter, device, asNavigator};
    const backend = guardedWebGpu(
      {WebGPUBackend} as unknown as Parts[0],
      found as unknown as Parts[1],
    ) as unknown as WebGPUBackend & {
      read: (id: object) => Promise<unknown>;
      readSync: (id: object) => unknown;
    };
    const refuse = (message: string) =>
      device.dispatchEvent(Object.assign(new Event('uncapturederror'), {error: {message}}));
    return {backend, made, device, adapter, bodies, refuse, lose};
  }

  it('makes the backend of TensorFlow.js, where it finds its navigator', async () => {
    const {backend, made, device, adapter, bodies} = setUp();
    expect(made).toEqual([[device, adapter.info]]);
    expect(made[0]?.[0]).toBe(device);
    expect(bodies).toHaveLength(1);
    expect(await backend.read({})).toBe(values);
  });

  it('refuses every read after a command was refused, by the first line of the first problem', async () => {
    const {backend, refuse, lose} = setUp();
    refuse('  too large\n at a place');
    refuse('another');
    lose({reason: 'unknown', message: 'gone'});
    for (let i = 0; i < 2; i++) {
      await expect(backend.read({})).rejects.toThrow(
        'The WebGPU device refused a command, and what was computed since is wrong: too large ' +
          'Stop the backend, and start it again with smaller batches.',
      );
    }
  });

  it('refuses reads of a device that was lost, unless it was let go of', async () => {
    const [broken, ended] = [setUp(), setUp()];
    broken.lose({reason: 'unknown', message: 'reset by the driver\nmore'});
    ended.lose({reason: 'destroyed', message: 'released'});
    await new Promise((resolve) => setImmediate(resolve));
    await expect(broken.backend.read({})).rejects.toThrow(/is wrong: reset by the driver Stop/);
    expect(await ended.backend.read({})).toBe(values);
  });

  it('gives at once what is in memory, and refuses what is on the device', () => {
    const {backend} = setUp();
    const [there, none, cleared, complex] = [{}, {}, {}, {}];
    backend.tensorMap.set(there, {values, dtype: 'float32'});
    backend.tensorMap.set(none, {dtype: 'float32'});
    backend.tensorMap.set(cleared, {values: null, dtype: 'int32'});
    backend.tensorMap.set(complex, {values: null, dtype: 'complex64'});
    expect(backend.readSync(there)).toBe(values);
    // Its parts are tensors of their own, which are asked for in turn.
    expect(backend.readSync(complex)).toBe(values);
    for (const id of [none, cleared]) {
      expect(() => backend.readSync(id)).toThrow(
        'dataSync: "tensor" must be read by a promise on WebGPU in Node, found a read at once. ' +
          'Write await tensor.data().',
      );
    }
  });
});
