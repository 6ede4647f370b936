import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {OutOfMemoryError} from '../../../src/core/errors';
import {guardMemory, heapOf} from '../../../src/kernels/wasm/heap';
import {backendOn, memoryOf} from '../support';

describe('heapOf', () => {
  it('finds memory, addresses and outputs', () => {
    const memory = memoryOf(false);
    for (const where of ['wasmMemory', 'asm'] as const) {
      const heap = heapOf(backendOn(memory, where).backend);
      expect(heap?.memory).toBe(memory);
      expect(heap?.shared).toBe(false);
      const output = heap?.output([2, 3]) as tf.TensorInfo;
      expect(output).toMatchObject({shape: [2, 3], dtype: 'float32'});
      expect(heap?.address(output)).toBe(512);
    }
  });

  it('knows on how many threads the backend runs', () => {
    const on = (shared: boolean, tfjs?: object) => {
      const {backend} = backendOn(memoryOf(shared));
      return heapOf({...backend, wasm: {...backend.wasm, tfjs}})?.threads();
    };
    const four = {getThreadsCount: () => 4};
    expect(on(false, four)).toBe(1);
    expect(on(true, four)).toBe(4);
    expect(on(true, {})).toBe(Infinity);
    expect(on(true)).toBe(Infinity);
  });

  it('lends scratch memory and takes it back, also on throw', () => {
    const {backend, freed} = backendOn(memoryOf(false));
    const heap = heapOf(backend);
    const seen: number[] = [];
    heap?.withScratch(4, (address) => seen.push(address));
    heap?.withScratch(10, (address) => seen.push(address));
    expect(() =>
      heap?.withScratch(4, () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(seen).toEqual([2048, 2 ** 32 - 16]);
    expect(freed).toEqual([2048, 2 ** 32 - 16, 2048]);
  });

  it('fills an output, of which nothing is left if that throws', () => {
    const {backend, disposed} = backendOn(memoryOf(false));
    const heap = heapOf(backend);
    const seen: tf.TensorInfo[] = [];
    expect(heap?.filled([2, 3], (output) => seen.push(output))).toBe(seen[0]);
    expect(disposed).toEqual([]);
    const fail = (output: tf.TensorInfo) => {
      seen.push(output);
      throw new Error('inside');
    };
    expect(() => heap?.filled([4], fail)).toThrow('inside');
    expect(disposed).toEqual([seen[1]?.dataId]);
  });

  it('says how much memory is missing, and lends none', () => {
    const {backend, freed} = backendOn(memoryOf(false));
    const lend = () =>
      heapOf(backend)?.withScratch(2 ** 29, () => {
        throw new Error('lent');
      });
    expect(lend).toThrow(OutOfMemoryError);
    expect(freed).toEqual([]);
  });

  it('is full where a large tensor finds no room, and gives back what it asked for', () => {
    const {backend, freed} = backendOn(memoryOf(false));
    expect(heapOf(backend)?.isFull()).toBe(false);
    expect(freed).toHaveLength(1);
    expect(heapOf({...backend, wasm: {...backend.wasm, _malloc: () => 0}})?.isFull()).toBe(true);
    const trapped = () => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    expect(heapOf({...backend, wasm: {...backend.wasm, _malloc: trapped}})?.isFull()).toBe(true);
    // It has grown to the most, though there is room in it now.
    const grown = {wasmMemory: memoryOf(false)};
    Object.defineProperty(grown.wasmMemory, 'buffer', {value: {byteLength: 2 ** 32 - 65536}});
    expect(heapOf({...backend, wasm: {...backend.wasm, ...grown}})?.isFull()).toBe(true);
    // One that other threads may have locked is not asked.
    const sharedBackend = backendOn(memoryOf(true)).backend;
    const locked = {...sharedBackend, wasm: {...sharedBackend.wasm, _malloc: trapped}};
    expect(heapOf(locked)?.isFull()).toBe(false);
  });

  it('is undefined where a backend is not as expected', () => {
    const {backend} = backendOn(memoryOf(false));
    const {wasm, dataIdMap, makeOutput, disposeData} = backend;
    for (const other of [
      null,
      3,
      {},
      {wasm, dataIdMap, disposeData},
      {wasm, makeOutput, disposeData},
      {dataIdMap, makeOutput, disposeData},
      {wasm, dataIdMap, makeOutput},
      {...backend, wasm: null},
      {...backend, wasm: {...wasm, _malloc: undefined}, dataIdMap: {}},
      {...backend, wasm: {_malloc: wasm._malloc, wasmMemory: wasm}},
      {...backend, wasm: {...wasm, wasmMemory: undefined}},
      {...backend, wasm: {...wasm, wasmMemory: {buffer: new ArrayBuffer(8)}}},
    ]) {
      expect(heapOf(other)).toBeUndefined();
    }
  });
});

describe('guardMemory', () => {
  it('throws where there is no room, and puts the function back', () => {
    const {backend} = backendOn(memoryOf(false));
    const {_malloc} = backend.wasm;
    const end = guardMemory(backend);
    expect(backend.wasm._malloc(8)).toBe(2048);
    expect(backend.wasm._malloc(40)).toBe(-16);
    expect(() => backend.wasm._malloc(2 ** 31)).toThrow(OutOfMemoryError);
    end();
    expect(backend.wasm._malloc).toBe(_malloc);
    expect(backend.wasm._malloc(2 ** 31)).toBe(0);
  });

  it('stays in place of a stub that replaces itself', () => {
    const {backend} = backendOn(memoryOf(false));
    const {wasm} = backend;
    const {_malloc} = wasm;
    wasm._malloc = (bytes) => (wasm._malloc = _malloc)(bytes);
    const end = guardMemory(backend);
    expect(wasm._malloc(8)).toBe(2048);
    expect(() => wasm._malloc(2 ** 31)).toThrow(OutOfMemoryError);
    end();
    expect(wasm._malloc).toBe(_malloc);
  });

  it('leaves other backends alone', () => {
    for (const other of [undefined, {}, {wasm: {}}]) expect(guardMemory(other)).not.toThrow();
  });
});
