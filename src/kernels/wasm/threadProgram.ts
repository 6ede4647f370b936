/**
 * Where things stand in the memory that threads are told by: a buffer of its own, beside the backend's.
 * Integers first, from `DOUBLES` bytes on numbers.
 */
export const LAYOUT = {
  /** Counted up to wake the threads. */
  wake: 0,
  /** 1 while there is work. */
  open: 1,
  /** Next part that nobody has taken. */
  next: 2,
  /** Number of parts. */
  parts: 3,
  /** Threads that may be at work. */
  running: 4,
  /** Messages that were posted to each thread: it goes to read them. */
  mail: 5,
  /** Not 0 where a kernel has failed. */
  failed: 6,
  /** Number of the kernel. */
  kernel: 7,
  /** From here on, for each kernel, how many threads have it. */
  ready: 8,
  kernels: 56,
} as const;

/** Bytes before the numbers. */
export const DOUBLES = 4 * (LAYOUT.ready + LAYOUT.kernels);
/** Threads at most: for each one number, the address of its own memory. */
export const MOST_THREADS = 64;
/** Parts at most. */
export const MOST_PARTS = 4 * MOST_THREADS;
/** Arguments at most. */
export const MOST_ARGUMENTS = 24;
/** Numbers of a part: how many arguments, which are in its own memory, arguments, two copies of rows. */
export const PART_SIZE = 2 + MOST_ARGUMENTS + 2 * 6;
/** Bytes in all. */
export const CONTROL_BYTES = DOUBLES + 8 * (MOST_THREADS + MOST_PARTS * PART_SIZE);

/**
 * What a thread runs: script of a worker, in Node and in pages. It sleeps until there is work, takes parts
 * while there are any, and goes to its messages where it has some. What it does with a part is what
 * `runPart` of `kernelThreads.ts` does.
 */
export const THREAD_PROGRAM = `
'use strict';
const isPage = typeof WorkerGlobalScope !== 'undefined';
const kernels = [];
let control, doubles, memory, id, handled = 0;
const copy = (values, from, to, rows, width, fromStride, toStride) => {
  for (let r = 0; r < rows; r++, from += fromStride, to += toStride)
    for (let k = 0; k < width; k++) values[to + k] = values[from + k];
};
const runPart = (kernel, part, scratch) => {
  let at = ${MOST_THREADS} + part * ${PART_SIZE};
  const count = doubles[at], own = doubles[at + 1];
  const args = [];
  for (let i = 0; i < count; i++)
    args.push(doubles[at + 2 + i] + (own & (1 << i) ? scratch : 0));
  at += ${2 + MOST_ARGUMENTS};
  const own4 = scratch / 4;
  const values = new Int32Array(memory.buffer);
  const [from, to, rows, width, fromStride, toStride] = doubles.subarray(at, at + 6);
  copy(values, from, to + own4, rows, width, fromStride, toStride);
  kernel(...args);
  const [from2, to2, rows2, width2, fromStride2, toStride2] = doubles.subarray(at + 6, at + 12);
  copy(values, from2 + own4, to2, rows2, width2, fromStride2, toStride2);
};
const work = () => {
  const kernel = kernels[Atomics.load(control, ${LAYOUT.kernel})];
  const parts = Atomics.load(control, ${LAYOUT.parts});
  for (;;) {
    const part = Atomics.add(control, ${LAYOUT.next}, 1);
    if (part >= parts) return;
    try {
      runPart(kernel, part, doubles[id]);
    } catch {
      Atomics.store(control, ${LAYOUT.failed}, 1);
    }
  }
};
const loop = () => {
  for (;;) {
    const seen = Atomics.load(control, ${LAYOUT.wake});
    Atomics.add(control, ${LAYOUT.running}, 1);
    if (Atomics.load(control, ${LAYOUT.open}) === 1) work();
    Atomics.sub(control, ${LAYOUT.running}, 1);
    Atomics.notify(control, ${LAYOUT.running});
    if (Atomics.load(control, ${LAYOUT.mail}) > handled) return;
    Atomics.wait(control, ${LAYOUT.wake}, seen);
  }
};
const receive = ({buffer, heap, thread, module, name, number}) => {
  if (buffer) {
    control = new Int32Array(buffer, 0, ${DOUBLES / 4});
    doubles = new Float64Array(buffer, ${DOUBLES});
    memory = heap;
    id = thread;
  } else {
    kernels[number] = new WebAssembly.Instance(module, {env: {memory}}).exports[name];
    Atomics.add(control, ${LAYOUT.ready} + number, 1);
  }
  handled++;
  loop();
};
if (isPage) self.onmessage = ({data}) => receive(data);
else require('node:worker_threads').parentPort.on('message', receive);
`;
