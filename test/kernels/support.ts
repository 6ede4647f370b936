import {setFlagsFromString} from 'node:v8';

import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {Kernel, ShippedKernel} from '../../src/kernels/composed/kernel';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {RELAXED_MODULES} from '../../src/kernels/wasm/relaxedModules';
import {hasRelaxedSimd, useRelaxed} from '../../src/kernels/wasm/relaxedSimd';
import {type WeightCache, withWeightCaches} from '../../src/kernels/weightCache';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

/** Runs a kernel by hand on the current backend, without any registry. */
export function callKernel<A>(
  kernel: Kernel<A>,
  inputs: Record<string, tf.Tensor>,
  attrs: A,
  shipped?: ShippedKernel,
): tf.Tensor {
  const info = kernel({inputs: inputs as never, attrs, backend: tf.backend()}, shipped);
  // Some kernels make no tensor; the engine does.
  return 'rank' in info ? (info as tf.Tensor) : tf.engine().makeTensorFromTensorInfo(info);
}

/** Runs something while the weights of a cache are known not to change, as in an attack. */
export const frozenBy =
  (cache: WeightCache) =>
  <T>(body: () => T): T =>
    withWeightCaches(() => {
      cache.use();
      return body();
    });

/** The kernel that the current backend ships. */
export function shippedKernel(name: string): ShippedKernel | undefined {
  const config = tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined;
  return config?.kernelFunc as ShippedKernel | undefined;
}

export interface ConvCase {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  /** Output channels; of a depthwise convolution per input channel. */
  readonly outChannels: number;
  readonly kernel: [number, number];
  readonly strides: [number, number];
  readonly dilations?: [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}

/** Sizes, strides, paddings and kernels that a convolution's gradient can get wrong. */
export const CONV_CASES: readonly ConvCase[] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 5],
  [3, 1],
  [2, 3],
]
  .flatMap(([kh, kw]) =>
    (
      [
        [1, 1],
        [2, 2],
        [1, 2],
        [3, 2],
      ] as [number, number][]
    ).flatMap((strides) =>
      (['same', 'valid', 1] as const).flatMap((pad) =>
        (
          [
            [1, 5, 6, 1, 3],
            [2, 6, 5, 3, 2],
            [3, 7, 7, 2, 1],
          ] as const
        ).map(([batch, height, width, inChannels, outChannels]): ConvCase => ({
          batch,
          height,
          width,
          inChannels,
          outChannels,
          strides,
          pad,
          kernel: [kh as number, kw as number],
        })),
      ),
    ),
  )
  .concat([
    {
      batch: 2,
      height: 5,
      width: 6,
      inChannels: 2,
      outChannels: 3,
      kernel: [3, 2],
      strides: [1, 2],
      pad: [
        [0, 0],
        [2, 0],
        [1, 3],
        [0, 0],
      ],
    },
    {
      batch: 1,
      height: 4,
      width: 4,
      inChannels: 1,
      outChannels: 1,
      kernel: [1, 1],
      strides: [1, 1],
      pad: 2,
    },
    {
      batch: 2,
      height: 9,
      width: 9,
      inChannels: 1,
      outChannels: 2,
      kernel: [2, 2],
      strides: [4, 4],
      pad: 'valid',
    },
  ]);

/** Windows, strides and paddings that the gradient of a pooling layer can get wrong. */
export const POOL_CASES = [
  [2, 2, 'valid'],
  [2, 2, 'same'],
  [3, 2, 'same'],
  [3, 1, 1],
  [2, 3, 'valid'],
] as const;

export interface ConvReference {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly dy: tf.Tensor4D;
  /** In double precision. */
  readonly y: number[];
  /** Double-precision gradients of Σ y·dy, by the definition of the convolution. */
  readonly dx: number[];
  readonly dFilter: number[];
}

const value = (i: number) => Math.sin(1.7 * i + 0.3);

/** A convolution and its gradients, summed up position by position from its definition. */
export function convReference(c: ConvCase, depthwise = false): ConvReference {
  const {batch, height, width, inChannels, outChannels, kernel, strides, pad} = c;
  const dilations = c.dilations ?? [1, 1];
  const shape: [number, number, number, number] = [batch, height, width, inChannels];
  const filterShape: [number, number, number, number] = [...kernel, inChannels, outChannels];
  const info = tf.backend_util.computeConv2DInfo(
    shape,
    filterShape,
    strides,
    dilations,
    pad,
    undefined,
    depthwise,
  );
  const [, outHeight, outWidth, depth] = info.outShape as [number, number, number, number];
  const make = (size: number, offset: number) =>
    Float32Array.from({length: size}, (_, i) => value(i + offset));
  const xs = make(tf.util.sizeFromShape(shape), 0);
  const ws = make(tf.util.sizeFromShape(filterShape), 11);
  const dys = make(tf.util.sizeFromShape(info.outShape), 23);
  const y = new Array<number>(dys.length).fill(0);
  const dx = new Array<number>(xs.length).fill(0);
  const dFilter = new Array<number>(ws.length).fill(0);
  for (let b = 0; b < batch; b++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++)
        for (let i = 0; i < kernel[0]; i++)
          for (let j = 0; j < kernel[1]; j++) {
            const iy = oy * strides[0] - info.padInfo.top + i * dilations[0];
            const ix = ox * strides[1] - info.padInfo.left + j * dilations[1];
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            for (let ci = 0; ci < inChannels; ci++)
              for (let co = 0; co < outChannels; co++) {
                const at = ((b * height + iy) * width + ix) * inChannels + ci;
                const weight = ((i * kernel[1] + j) * inChannels + ci) * outChannels + co;
                const channel = depthwise ? ci * outChannels + co : co;
                const out = ((b * outHeight + oy) * outWidth + ox) * depth + channel;
                const g = dys[out] as number;
                y[out] = (y[out] as number) + (xs[at] as number) * (ws[weight] as number);
                dx[at] = (dx[at] as number) + g * (ws[weight] as number);
                dFilter[weight] = (dFilter[weight] as number) + g * (xs[at] as number);
              }
          }
  return {
    x: tf.tensor4d(xs, shape),
    filter: tf.tensor4d(ws, filterShape),
    dy: tf.tensor4d(dys, info.outShape as [number, number, number, number]),
    y,
    dx,
    dFilter,
  };
}

/**
 * Expects that the kernels of a convolution's gradients, those that are given, agree with its definition, and leave
 * no tensors.
 *
 * @param c - The convolution.
 * @param kernels - The kernels of the gradients to the input and to the filter.
 * @param isDepthwise - Whether they are those of a depthwise convolution.
 */
export async function expectConvGradients(
  c: ConvCase,
  kernels: {readonly input?: Kernel; readonly filter?: Kernel},
  isDepthwise = false,
): Promise<void> {
  const {x, filter, dy, dx, dFilter} = convReference(c, isDepthwise);
  const own = isDepthwise ? {dilations: c.dilations ?? 1} : {dataFormat: 'NHWC'};
  const attrs = {strides: c.strides, pad: c.pad, ...own};
  const expectGradient = (
    kernel: Kernel | undefined,
    inputs: Record<string, tf.Tensor>,
    shape: object,
    expected: {of: tf.Tensor; values: number[]},
  ) => {
    if (kernel === undefined) return;
    const gradient = callKernel(kernel, inputs, {...attrs, ...shape} as never);
    expect(gradient.shape).toEqual(expected.of.shape);
    expectClose(gradient, expected.values, 1e-4);
    gradient.dispose();
  };
  await expectNoLeak(() => {
    expectGradient(kernels.input, {dy, filter}, {inputShape: x.shape}, {of: x, values: dx});
    const ofFilter = {of: filter, values: dFilter};
    expectGradient(kernels.filter, {x, dy}, {filterShape: filter.shape}, ofFilter);
  });
  tf.dispose([x, filter, dy]);
}

/** Central differences of a scalar function, entry by entry. */
export function finiteDifferences(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  step = 1e-2,
): number[] {
  const values = numbers(x);
  const at = (i: number, by: number) =>
    tf.tidy(() => {
      const moved = values.map((v, k) => (k === i ? v + by : v));
      return f(tf.tensor(moved, x.shape)).dataSync()[0] as number;
    });
  return values.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
}

/** The product of a value with fixed numbers, to be differentiated. */
export const weighted = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(y, seeded(y.shape, 9)));

/** Gradients to every argument, in a scope, agree with finite differences. */
export function expectGradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  tolerance = 5e-3,
): void {
  const gradients = withGradientKernels(() => tf.grads((...v) => weighted(f(...v)))(inputs));
  inputs.forEach((input, i) => {
    const at = (moved: tf.Tensor) =>
      withGradientKernels(() =>
        weighted(f(...inputs.map((other, k) => (k === i ? moved : other)))),
      );
    expect(gradients[i]?.shape).toEqual(input.shape);
    expectClose(gradients[i] as tf.Tensor, finiteDifferences(at, input), tolerance);
  });
}

/** Everything that is registered, by name: to compare before and after. */
export function registries(): Map<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const backend of ['cpu', 'wasm', 'webgl']) {
    for (const config of tf.getKernelsForBackend(backend)) {
      entries.push([`${backend} ${config.kernelName}`, config]);
      entries.push([config.kernelName, tf.getGradient(config.kernelName)]);
    }
  }
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Expects the same registered objects, by identity. */
export function expectSameRegistries(before: Map<string, unknown>): void {
  const now = registries();
  expect([...now.keys()]).toEqual([...before.keys()]);
  const changed = [...now].filter(([key, config]) => config !== before.get(key));
  expect(changed.map(([key]) => key)).toEqual([]);
}

/** A fallback that must not be taken. */
export const never = (): never => {
  throw new Error('fell back');
};

/** A fallback that can be told by what it returns. */
export const FALLBACK = tf.scalar(7);

/** What runs on the wasm backend only. */
export const onWasm = describe.skipIf(tf.getBackend() !== 'wasm');

/** Expects that a kernel leaves a call to its fallback where there is no wasm backend. */
export function expectFallback<A>(
  kernel: (otherwise: () => tf.Tensor) => Kernel<A>,
  attrs: A,
): void {
  const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
  const inputs = {x, dy: x, filter: x, input: x, a: x, b: x};
  const info = kernel(() => FALLBACK)({inputs: inputs as never, attrs, backend: {}}, undefined);
  expect(info).toBe(FALLBACK);
}

/** Backend-like, with tensors that are addresses. */
export function backendOn(memory: unknown, where: 'wasmMemory' | 'asm' = 'wasmMemory') {
  const freed: number[] = [];
  const wasm = {
    ...(where === 'asm' ? {asm: {memory}} : {wasmMemory: memory}),
    _malloc: (bytes: number) => (bytes === 40 ? -16 : bytes > 2 ** 30 ? 0 : 2048),
    _free: (address: number) => freed.push(address),
  };
  const dataIdMap = {get: (id: {address: number}) => ({memoryOffset: id.address})};
  const makeOutput = (shape: number[], dtype: string) => ({shape, dtype, dataId: {address: 512}});
  const disposed: object[] = [];
  const disposeData = (id: object) => disposed.push(id);
  return {backend: {wasm, dataIdMap, makeOutput, disposeData}, freed, disposed};
}

export const memoryOf = (shared: boolean) =>
  new WebAssembly.Memory({initial: 1, maximum: 65536, ...(shared ? {shared} : {})});

/** What takes an engine with relaxed SIMD; Node 20 has it behind a flag, which may be set at any time. */
export function describeRelaxed(name: string, body: () => void): void {
  const flag = 'experimental-wasm-relaxed-simd';
  const needsFlag = process.versions.node.startsWith('20.');
  if (needsFlag) setFlagsFromString(`--${flag}`);
  const isThere = hasRelaxedSimd();
  if (needsFlag) setFlagsFromString(`--no-${flag}`);
  if (!isThere) console.warn(`This engine has no relaxed SIMD: not tested: ${name}`);
  describe.skipIf(!isThere)(name, () => {
    beforeAll(() => {
      if (needsFlag) setFlagsFromString(`--${flag}`);
    });
    afterAll(() => {
      if (needsFlag) setFlagsFromString(`--no-${flag}`);
    });
    body();
  });
}

/** As {@link onWasm}, with the relaxed set in use. */
export function onRelaxedWasm(name: string, body: () => void): void {
  describeRelaxed(`${name}, relaxed set`, () => {
    beforeAll(() => useRelaxed(RELAXED_MODULES));
    afterAll(() => useRelaxed(undefined));
    onWasm('on wasm', body);
  });
}

/** On wasm, with the gradient kernels of each set registered. */
export function onBothSets(name: string, body: () => void): void {
  const describeSet = {plain: describe, relaxed: describeRelaxed};
  for (const simd of ['plain', 'relaxed'] as const) {
    describeSet[simd](`${name}, ${simd} set`, () => {
      onWasm('on wasm', () => {
        let undo: () => void;
        beforeAll(async () => {
          undo = await registerGradientKernels({simd});
        });
        afterAll(() => {
          undo();
        });
        body();
      });
    });
  }
}

/**
 * What holds of every embedded module. That it is what the source compiles to, "npx tsx
 * scripts/buildKernels.ts --check" tells.
 */
export function describeModule(
  source: string,
  memoryFlagsAt: number,
  describeIt: (name: string, body: () => void) => void = describe,
): void {
  describeIt('MODULE', () => {
    const bytes = Buffer.from(source, 'base64');

    it('is a module for shared memory and, by one byte, for another', () => {
      expect(bytes[memoryFlagsAt]).toBe(3);
      expect(WebAssembly.validate(bytes)).toBe(true);
      const unshared = Uint8Array.from(bytes);
      unshared[memoryFlagsAt] = 1;
      expect(WebAssembly.validate(unshared)).toBe(true);
    });

    it('is small enough to be compiled at once in any browser', () => {
      expect(bytes.length).toBeLessThanOrEqual(4096);
    });
  });
}
