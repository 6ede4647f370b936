import {createRequire} from 'node:module';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {missingPackage, webGpuDevice} from '../../src/node/webGpuDevice';
import {hasSwiftShader, lastLine, runOnSwiftShader} from '../support/swiftShader';

// What it does with a device is tested where there is one: test/node/startWebGpu.test.ts.
describe('missingPackage', () => {
  const require = createRequire(import.meta.url);
  const failure = (load: () => unknown): unknown => {
    try {
      return load();
    } catch (error) {
      return error;
    }
  };

  it('says what to install', () => {
    const name = 'a-package-that-is-not-there';
    const cause = failure(() => require(name) as unknown);
    expect(missingPackage(name, cause).message).toBe(
      `startWebGpu: "environment" must have the package ${name}, found none. npm install ${name}`,
    );
  });

  it('tells one that does not load from one that is not there', () => {
    // As the package `webgpu` does on a platform that it has no build for.
    const cause = failure(() => require('./a-build-that-is-not-there.node') as unknown);
    expect(missingPackage('webgpu', cause).message).toMatch(
      new RegExp(
        'must have the package webgpu, found one that does not load \\(Cannot find module.*' +
          `no build for ${process.platform} on ${process.arch}`,
      ),
    );
  });

  it('takes for missing only the very package that Node does not find', () => {
    const named = (code: unknown, message: string) =>
      missingPackage('webgpu', Object.assign(new Error(message), {code})).message;
    for (const code of ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']) {
      expect(named(code, "Cannot find package 'webgpu'")).toMatch(
        /found none\. npm install webgpu$/,
      );
      expect(named(code, "Cannot find package 'other'\nat a place")).toMatch(
        /found one that does not load \(Cannot find package 'other'\)\. It may have no build/,
      );
    }
    expect(named('EACCES', "no right to read 'webgpu'")).toMatch(/one that does not load/);
    for (const cause of ["a text about 'webgpu'", new Error("about 'webgpu'"), undefined]) {
      expect(missingPackage('webgpu', cause).message).toMatch(/found one that does not load/);
    }
    expect(missingPackage('webgpu', 'why').message).toBe(
      'startWebGpu: "environment" must have the package webgpu, found one that does not load (why). ' +
        `It may have no build for ${process.platform} on ${process.arch}. Without a GPU the wasm ` +
        "backend is the fastest: await tf.setBackend('wasm').",
    );
  });
});

describe.runIf(tf.getBackend() === 'cpu' && hasSwiftShader)('webGpuDevice on SwiftShader', () => {
  it(
    'brings the constants of WebGPU, and takes along those that it brought',
    {timeout: 60_000},
    async () => {
      const run = async (driver: boolean) =>
        lastLine(await runOnSwiftShader('test/node/webGpuConstants.ts', [], {driver}));
      const own = {before: ['GPUMapMode'], after: ['GPUMapMode'], isKept: true};
      expect(await run(true)).toEqual({
        ...own,
        hasMore: true,
        found: 'a device',
        lost: 'destroyed',
      });
      expect(await run(false)).toEqual({
        ...{...own, hasMore: false, lost: 'none'},
        found: expect.stringMatching(/must have a device for WebGPU, found none/) as string,
      });
    },
  );
});

// No version of Node has a WebGPU of its own yet: a stand-in has its place.
describe('webGpuDevice, where the process has a WebGPU of its own', () => {
  const limits = {
    ...{maxComputeWorkgroupStorageSize: 1, maxComputeWorkgroupsPerDimension: 2},
    ...{maxStorageBufferBindingSize: 3, maxBufferSize: 4},
    ...{maxComputeWorkgroupSizeX: 5, maxComputeInvocationsPerWorkgroup: 6},
  };

  /** Runs `body` in a process with this navigator, or with none: Node has one from version 21 on. */
  async function withNavigator<T>(
    navigator: object | undefined,
    body: () => T,
  ): Promise<Awaited<T>> {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Reflect.deleteProperty(globalThis, 'navigator');
    if (navigator !== undefined) {
      Object.defineProperty(globalThis, 'navigator', {value: navigator, configurable: true});
    }
    try {
      return await body();
    } finally {
      Reflect.deleteProperty(globalThis, 'navigator');
      if (before) Object.defineProperty(globalThis, 'navigator', before);
    }
  }

  const withGpu = <T>(
    requestAdapter: (options: unknown) => unknown,
    body: (gpu: object) => T,
  ): Promise<Awaited<T>> => {
    const gpu = {requestAdapter};
    return withNavigator({gpu}, () => body(gpu));
  };

  const held = () => (globalThis as {navigator?: {gpu?: object}}).navigator?.gpu;

  const adapterOf = (features: readonly string[], asked: unknown[] = []) => {
    const device = {
      destroyed: 0,
      destroy() {
        device.destroyed++;
      },
    };
    const requestDevice = async (options: unknown) => {
      asked.push(options);
      return device;
    };
    return {device, adapter: {features: new Set(features), limits, extra: 7, requestDevice}};
  };

  it('asks the fastest adapter for all that it can do', async () => {
    for (const [features, requiredFeatures] of [
      [['timestamp-query', 'shader-f16'], ['timestamp-query']],
      [['shader-f16'], []],
    ]) {
      const asked: unknown[] = [];
      const {adapter, device} = adapterOf(features as string[], asked);
      const request = async (options: unknown) => {
        asked.push(options);
        return adapter;
      };
      const found = await withGpu(request, () => webGpuDevice([]));
      expect([found.adapter, found.device]).toEqual([adapter, device]);
      expect(asked).toEqual([
        {powerPreference: 'high-performance'},
        {requiredFeatures, requiredLimits: limits},
      ]);
    }
  });

  it('ends the device when it is let go of, and leaves the navigator as it was', async () => {
    const {adapter, device} = adapterOf([]);
    await withGpu(
      async () => adapter,
      async (gpu) => {
        const found = await webGpuDevice([]);
        expect(found.asNavigator(held)).toBe(gpu);
        expect(held()).toBe(gpu);
        expect(device.destroyed).toBe(0);
        found.release();
        expect(device.destroyed).toBe(1);
      },
    );
  });

  it.each<[string, object | undefined]>([
    ['a process whose navigator has none', {}],
    ['a process without a navigator', undefined],
  ])('lends its WebGPU to %s, and takes it away again', async (_, navigator) => {
    const {adapter} = adapterOf([]);
    const [found, gpu] = await withGpu(
      async () => adapter,
      async (own) => [await webGpuDevice([]), own] as const,
    );
    const amid = () => {
      throw new Error('amid');
    };
    await withNavigator(navigator, () => {
      const before = 'navigator' in globalThis;
      expect(found.asNavigator(() => [held(), 3])).toEqual([gpu, 3]);
      expect(() => found.asNavigator(amid)).toThrow('amid');
      expect(held()).toBeUndefined();
      expect('navigator' in globalThis).toBe(before);
      if (navigator) expect('gpu' in navigator).toBe(false);
    });
  });

  it('says that there is no device, and what the system said', async () => {
    const refusal = (requestAdapter: () => unknown, dawnOptions: string[] = []) =>
      withGpu(requestAdapter, () => webGpuDevice(dawnOptions)).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    const where = 'InvalidArgumentError: startWebGpu:';
    expect(await refusal(async () => null)).toMatch(
      new RegExp(`^${where} "environment" must have a device for WebGPU, found none\\. .*wasm`),
    );
    const broken = () => Promise.reject(new Error('no luck'));
    expect(await refusal(broken)).toContain(
      `${where} "environment" must have a device for WebGPU, found no luck.`,
    );
    expect(await refusal(broken, ['adapter=x'])).toContain(`${where} "dawnOptions" must have`);
    const {adapter} = adapterOf([]);
    const requestDevice = () => Promise.reject(new Error('not that one'));
    expect(await refusal(async () => ({...adapter, requestDevice}))).toContain(
      'found not that one',
    );
    if (process.platform === 'linux') expect(await refusal(broken)).toContain('libvulkan1');
  });
});
