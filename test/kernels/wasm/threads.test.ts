import {afterEach, describe, expect, it} from 'vitest';

import {threaded, type Threads, threadsOn} from '../../../src/kernels/wasm/threads';

// The smallest module there is.
const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
const backend = {};
afterEach(() => void threadsOn.delete(backend));

describe('threaded', () => {
  const calls: unknown[] = [];
  const functions = {
    whole: (...args: number[]) => void calls.push(['whole', ...args]),
    split: (...args: number[]) => void calls.push(['split', ...args]),
  };
  const run = threaded(backend, module, functions, {split: 'convInput'});
  const threadsThat = (takes: boolean): Threads => ({
    ...{count: 2, stop: () => undefined},
    run(code, args) {
      calls.push(['threads', code, ...args]);
      return takes;
    },
  });

  it('runs on the calling thread where there are no others', () => {
    run.split(1, 2);
    run.whole(3);
    expect(calls.splice(0)).toEqual([
      ['split', 1, 2],
      ['whole', 3],
    ]);
  });

  it('runs on threads what can be split, as soon as there are any', () => {
    threadsOn.set(backend, threadsThat(true));
    run.split(1, 2);
    run.whole(3);
    expect(calls.splice(0)).toEqual([
      ['threads', {module, name: 'split', split: 'convInput'}, 1, 2],
      ['whole', 3],
    ]);
  });

  it('runs on the calling thread what they do not take', () => {
    threadsOn.set(backend, threadsThat(false));
    run.split(4);
    expect(calls.splice(0).at(-1)).toEqual(['split', 4]);
  });
});
