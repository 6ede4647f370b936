import {heapOf, type Heap} from './heap';
import {type KernelPart, SPLITS} from './kernelParts';
import {
  CONTROL_BYTES,
  DOUBLES,
  LAYOUT,
  MOST_PARTS,
  MOST_THREADS,
  PART_SIZE,
  THREAD_PROGRAM,
} from './threadProgram';
import {type Threads, threadsOn} from './threads';

/** A thread, in Node or in a page. */
export interface KernelThread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

// Waking a thread takes some 50 microseconds: with fewer products there is little to gain.
const ENOUGH_PRODUCTS = 2 ** 21;

// Milliseconds without an end after which the other threads count as lost.
const LOST = 20_000;

/** Memory by which threads are told what to do. */
interface Control {
  readonly buffer: SharedArrayBuffer;
  readonly integers: Int32Array;
  readonly doubles: Float64Array;
}

function newControl(): Control {
  const buffer = new SharedArrayBuffer(CONTROL_BYTES);
  const integers = new Int32Array(buffer, 0, DOUBLES / 4);
  return {buffer, integers, doubles: new Float64Array(buffer, DOUBLES)};
}

/** Writes down what the parts are. */
function writeParts({doubles}: Control, parts: readonly KernelPart[]): void {
  parts.forEach(({args, scratch}, i) => {
    const own = scratch.reduce((mask, index) => mask | (1 << index), 0);
    doubles.set([args.length, own, ...args], MOST_THREADS + i * PART_SIZE);
  });
}

type Kernel = (...args: number[]) => void;

function runPart(kernel: Kernel, {args, scratch}: KernelPart, own: number): void {
  kernel(...args.map((value, i) => (scratch.includes(i) ? value + own : value)));
}

/** Whether this thread may sleep: the main thread of a page may not. */
function canSleep(integers: Int32Array): boolean {
  try {
    Atomics.wait(integers, LAYOUT.running, -1, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until no other thread is at work. @returns Whether that came. */
function othersAreDone(integers: Int32Array, maySleep: boolean): boolean {
  const until = Date.now() + LOST;
  for (let turn = 1; ; turn++) {
    const running = Atomics.load(integers, LAYOUT.running);
    if (running === 0) return true;
    if (turn % 1000 !== 0) continue;
    if (Date.now() > until) return false;
    if (maySleep) Atomics.wait(integers, LAYOUT.running, running, 100);
  }
}

/** A kernel as the threads know it. */
interface Known {
  readonly number: number;
  readonly run: Kernel;
}

/** The kernels that threads have. */
interface Library {
  /** A kernel that all threads have; at first it is sent to them, and not to be had. */
  readonly find: (module: WebAssembly.Module, name: string) => Known | undefined;
}

function wake({integers}: Control): void {
  Atomics.add(integers, LAYOUT.wake, 1);
  Atomics.notify(integers, LAYOUT.wake);
}

function libraryOf(
  memory: WebAssembly.Memory,
  threads: readonly KernelThread[],
  control: Control,
): Library {
  const known = new Map<WebAssembly.Module, Map<string, Known>>();
  const {integers} = control;
  let numbers = 0;
  const send = (module: WebAssembly.Module, name: string): Known => {
    const number = numbers++;
    const {exports} = new WebAssembly.Instance(module, {env: {memory}});
    for (const thread of threads) thread.postMessage({module, name, number});
    Atomics.add(integers, LAYOUT.mail, 1);
    wake(control);
    return {number, run: exports[name] as Kernel};
  };
  return {
    find(module, name) {
      const ofModule = known.get(module) ?? new Map<string, Known>();
      known.set(module, ofModule);
      const kernel = ofModule.get(name);
      if (kernel === undefined) {
        if (numbers < LAYOUT.kernels) ofModule.set(name, send(module, name));
        return undefined;
      }
      const ready = Atomics.load(integers, LAYOUT.ready + kernel.number);
      return ready === threads.length ? kernel : undefined;
    },
  };
}

/** Runs parts on all threads. @returns What came of those of the other threads. */
function runParts(
  {control, maySleep}: {control: Control; maySleep: boolean},
  {number, run}: Known,
  parts: readonly KernelPart[],
  {scratch, own, count}: {scratch: number; own: number; count: number},
): 'done' | 'failed' | 'lost' {
  const {integers, doubles} = control;
  for (let i = 0; i < count; i++) doubles[i] = scratch + i * own;
  writeParts(control, parts);
  Atomics.store(integers, LAYOUT.kernel, number);
  Atomics.store(integers, LAYOUT.parts, parts.length);
  Atomics.store(integers, LAYOUT.failed, 0);
  Atomics.store(integers, LAYOUT.next, 0);
  Atomics.store(integers, LAYOUT.open, 1);
  wake(control);
  const finish = (): boolean => {
    Atomics.store(integers, LAYOUT.open, 0);
    return othersAreDone(integers, maySleep);
  };
  try {
    for (;;) {
      const part = parts[Atomics.add(integers, LAYOUT.next, 1)];
      if (part === undefined) break;
      runPart(run, part, scratch);
    }
  } catch (error) {
    // Not before: the others work in the scratch memory.
    finish();
    throw error;
  }
  if (!finish()) return 'lost';
  return Atomics.load(integers, LAYOUT.failed) === 0 ? 'done' : 'failed';
}

function kernelThreads(heap: Heap, threads: readonly KernelThread[]): Threads {
  const control = newControl();
  const {buffer, integers} = control;
  const maySleep = canSleep(integers);
  const count = threads.length + 1;
  threads.forEach((thread, i) => {
    thread.postMessage({buffer, heap: heap.memory, thread: i + 1});
  });
  Atomics.add(integers, LAYOUT.mail, 1);
  const library = libraryOf(heap.memory, threads, control);
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const thread of threads) void thread.terminate();
  };
  return {
    ...{count, stop},
    run({module, name, split}, args) {
      if (isStopped) return false;
      const {parts, products, floats} = SPLITS[split](args, count);
      if (products < ENOUGH_PRODUCTS || parts.length < 2) return false;
      const kernel = library.find(module, name);
      if (kernel === undefined) return false;
      // A line of the cache between the memories of two threads.
      const own = 64 * Math.ceil((4 * floats + 64) / 64);
      heap.withScratch((own / 4) * count, (scratch) => {
        const outcome = runParts({control, maySleep}, kernel, parts, {scratch, own, count});
        if (outcome === 'done') return;
        if (outcome === 'lost') stop();
        // What the others had is done here; it does no harm where it was done.
        for (const part of parts) runPart(kernel.run, part, scratch);
      });
      return true;
    },
  };
}

/**
 * Starts threads that our own kernels run on, on the memory that a backend shares with its own threads.
 *
 * @param backend - tfjs's wasm backend, in its threaded build.
 * @param count - Threads in all, the calling one among them; at most 64.
 * @param start - Starts a thread with a script of its own.
 * @returns What ends them, and is called where the backend is disposed; `undefined` where the memory is
 *   not shared or there is nothing to start.
 */
export function startKernelThreads(
  backend: object,
  count: number,
  start: (script: string) => KernelThread,
): (() => void) | undefined {
  const heap = heapOf(backend);
  const most = Math.min(count, MOST_THREADS, MOST_PARTS / 4);
  if (!heap?.shared || most < 2 || threadsOn.has(backend)) return undefined;
  const threads = Array.from({length: most - 1}, () => start(THREAD_PROGRAM));
  const all = kernelThreads(heap, threads);
  threadsOn.set(backend, all);
  return () => {
    all.stop();
    threadsOn.delete(backend);
  };
}
