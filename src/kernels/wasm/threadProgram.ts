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
/** Numbers of a part: how many arguments, which are in its own memory, arguments. */
export const PART_SIZE = 2 + MOST_ARGUMENTS;
/** Milliseconds that a thread stays awake after its last work: falling asleep and being woken takes 0.05. */
const AWAKE = 0.2;
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
const runPart = (kernel, part, scratch) => {
  const at = ${MOST_THREADS} + part * ${PART_SIZE};
  const count = doubles[at], own = doubles[at + 1];
  const args = [];
  for (let i = 0; i < count; i++)
    args.push(doubles[at + 2 + i] + (own & (1 << i) ? scratch : 0));
  kernel(...args);
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
    // The next kernel often comes before a thread could fall asleep and be woken.
    const until = performance.now() + ${AWAKE};
    while (Atomics.load(control, ${LAYOUT.wake}) === seen && performance.now() < until);
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
