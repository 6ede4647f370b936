import {fork} from 'node:child_process';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ofMemory} from '../../src/kernels/outOfMemory';
import {heapOf} from '../../src/kernels/wasm/heap';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {onWasm} from './support';

const SCRIPT = fileURLToPath(new URL('../support/fullHeap.ts', import.meta.url));

interface Seen {
  readonly error: Record<string, unknown>;
  readonly values: Record<string, unknown>;
  readonly kernels: readonly {kernel: string; failed: boolean; hasRoom: boolean}[];
  readonly left: number;
}

/** What a process saw that filled the heap of wasm. */
function seenOfFullHeap(): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, [], {execArgv: ['--import', 'tsx'], stdio: 'ignore'});
    let sent: Seen | undefined;
    child.on('message', (message) => (sent = message as Seen));
    child.on('error', reject);
    child.on('exit', (code) => (sent ? resolve(sent) : reject(new Error(`ended with ${code}`))));
  });
}

onWasm('a full heap', () => {
  it('is an OutOfMemoryError, which says what to do, and leaves nothing behind', async () => {
    const {error, values, kernels, left} = await seenOfFullHeap();
    expect(error).toMatchObject({name: 'OutOfMemoryError', backend: 'wasm'});
    expect(error['heapBytes']).toBeGreaterThan(2 ** 32 - 2 ** 24);
    expect(error['message']).toMatch(/^The memory of tfjs's wasm backend has run out, .* 429\d MB/);
    expect(error['message']).toContain('Use smaller batches');
    // tfjs itself goes on with zeros.
    expect(values['cause']).toContain('no room for 4194304 bytes');
    expect(kernels).toHaveLength(8);
    for (const kernel of kernels) expect(kernel).toMatchObject({failed: true, hasRoom: true});
    expect(left).toBe(0);
  });
});

describe('ofMemory', () => {
  const trap = new WebAssembly.RuntimeError('memory access out of bounds');

  it('leaves an error where the heap is small, and so not full', () => {
    expect(ofMemory(trap)).toBe(trap);
    expect(() =>
      withGradientKernels(() => {
        throw trap;
      }),
    ).toThrow(trap);
  });

  it('leaves an error of the program, however large the heap is', () => {
    const own = [
      new RangeError('of the program'),
      new Error('The suitcase has no room for 3 shirts'),
      new TypeError('offset is out of bounds'),
    ];
    const heap = tf.getBackend() === 'wasm' ? heapOf(tf.backend()) : undefined;
    heap?.withScratch(2 ** 27, () => {
      for (const error of [...own, trap]) expect(ofMemory(error)).toBe(error);
    });
    for (const error of [...own, 'text', undefined]) expect(ofMemory(error)).toBe(error);
  });
});
