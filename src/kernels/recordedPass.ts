import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {disposeAll, disposeTapeOnThrow} from '../core/memory';
import {
  copyOf,
  KernelRecorder,
  type Origin,
  type Result,
  type Step,
  type Storage,
  UnrecordableError,
} from './kernelRecorder';
import {gradientOf, kernelOf} from './registries';

/** A pass through a network, recorded once, for inputs of one shape. */
export interface RecordedPass {
  /** What the forward pass is made of; not where a gradient was recorded. */
  readonly forward?: ForwardPart;
  /** Whether the backend, its kernels and their gradients are those of the recording. */
  isCurrent(): boolean;
  /**
   * The pass, as one operation on the tape where its gradient was recorded.
   *
   * @param x - Of the shape and type that were recorded.
   * @param weights - Those of the recording, in its order; their values may be others by now.
   */
  run(x: tf.Tensor, weights: readonly tf.Tensor[]): tf.Tensor2D;
}

/** What is recorded. */
export interface Recordable {
  readonly run: (x: tf.Tensor) => tf.Tensor2D;
  readonly x: tf.Tensor;
  /** Gradient to the output; absent: a forward pass alone. */
  readonly dy?: tf.Tensor | undefined;
  /** What else is read, no two of the same data. */
  readonly weights: readonly tf.Tensor[];
}

/**
 * Records a pass and, if asked for, its gradient to the input: which kernels run, on what, with which
 * attributes. A later run calls these kernels and nothing else: no layers, no checks of operations, no
 * tape. It has the same digits, since the same kernels run in the same order.
 *
 * @param recordable - What to record. Its operations must depend on nothing but the shape of `x`, and on
 *   its backend a view of data must always be the same data.
 * @returns The recording; `undefined` where something in it is neither made by a kernel nor a weight.
 */
export function recordPass({run, x, dy, weights}: Recordable): RecordedPass | undefined {
  return disposeAll(() => {
    const recorder = new KernelRecorder(x, dy, weights);
    let border = 0;
    const forward = (input: tf.Tensor): tf.Tensor2D => {
      const output = run(input);
      border = recorder.steps.length;
      return output;
    };
    const both = () => tf.valueAndGrad(forward)(x, dy as never);
    try {
      const {value, grad} = dy
        ? disposeTapeOnThrow(() => recorder.record(both))
        : {value: recorder.record(() => forward(x)), grad: undefined};
      const logits = recorder.resultOf(value);
      return assembled(recorder, border, logits, grad && recorder.resultOf(grad));
    } catch (error) {
      if (error instanceof UnrecordableError) return undefined;
      throw error;
    }
  });
}

/** A step of a recording. */
export interface PlannedStep extends Step {
  /** What nothing reads after it. */
  readonly over: readonly Storage[];
}

interface Part {
  readonly constants: readonly Storage[];
  readonly steps: readonly PlannedStep[];
}

/** The kernels of a forward pass, and the data that they hand to each other. */
export interface ForwardPart extends Part {
  readonly backend: tf.KernelBackend;
  readonly logits: Result;
  /** The input. */
  readonly x: Storage | undefined;
  /** Lets the kernels read an input and weights. */
  bind(x: tf.Tensor, weights: readonly tf.Tensor[]): void;
  /** The logits that have been computed, which are the caller's. */
  result(): tf.Tensor2D;
}

/** Lets kernels read and write `storage` as the data of an id. */
export function give(storage: Storage, dataId: object): void {
  for (const slot of storage.slots) slot.dataId = dataId;
}

function free(storage: Storage, backend: tf.KernelBackend): void {
  const {dataId} = at(storage.slots, 0);
  if (storage.owner) storage.owner.dispose();
  // A kernel that is composed of operations may have shown the engine a view of the data.
  else if (backend.disposeData(dataId)) engineOf().removeDataId(dataId, backend);
  storage.owner = undefined;
}

const engineOf = () =>
  tf.engine() as unknown as {removeDataId(dataId: object, backend: tf.KernelBackend): void};

/**
 * Runs a part; if a kernel throws, what was made until then is disposed.
 *
 * @param instead - Does a step in another way: gives its outputs, or `'kept'` where it keeps them itself;
 *   `undefined` where the kernel is to run.
 */
export function runPart(
  {constants, steps}: Part,
  backend: tf.KernelBackend,
  instead?: (step: PlannedStep) => tf.TensorInfo | 'kept' | undefined,
): void {
  const alive = new Set<Storage>();
  try {
    for (const storage of constants) {
      const {origin, slots} = storage;
      if (origin.kind !== 'constant') continue;
      const {shape, dtype} = at(slots, 0);
      give(storage, backend.write(origin.values, shape, dtype));
      alive.add(storage);
    }
    for (const step of steps) {
      const {run, inputs, attrs, outputs, over} = step;
      const made = instead?.(step) ?? run({inputs: copyOf(inputs), attrs, backend});
      if (made !== 'kept') {
        (Array.isArray(made) ? made : [made]).forEach((info, i) => {
          const output = at(outputs, i);
          give(output, info.dataId);
          if (info instanceof tf.Tensor) output.owner = info; // of a kernel that is composed of operations
          alive.add(output);
        });
      }
      for (const storage of over) if (alive.delete(storage)) free(storage, backend);
    }
    for (const storage of constants) free(storage, backend);
  } catch (error) {
    for (const storage of alive) free(storage, backend);
    throw error;
  }
}

// Sorts out what is disposed where. What the backward pass reads of the forward pass is kept by the tape.
function plan(steps: readonly Step[], border: number, results: readonly Storage[]) {
  const over = new Map<number, Storage[]>();
  const kept: Storage[] = [];
  steps.forEach(({outputs}, made) => {
    for (const output of outputs) {
      if (made < border && output.lastUse >= border) kept.push(output);
      else if (!results.includes(output)) {
        const last = Math.max(output.lastUse, made);
        over.set(last, [...(over.get(last) ?? []), output]);
      }
    }
  });
  const planned = steps.map((step, i): PlannedStep => ({...step, over: over.get(i) ?? []}));
  return {forward: planned.slice(0, border), backward: planned.slice(border), kept};
}

function assembled(
  recorder: KernelRecorder,
  border: number,
  logits: Result,
  gradient: Result | undefined,
): RecordedPass {
  const {backend, kernels, steps, storages} = recorder;
  const of = (kind: Origin['kind']) =>
    storages.filter(({origin, slots}) => origin.kind === kind && slots.length > 0);
  const [inputs, outputGradients, weighted, constants] = [
    ...[of('x'), of('dy'), of('weight'), of('constant')],
  ] as const;
  const results = [logits.storage, ...(gradient ? [gradient.storage] : [])];
  const {forward, backward, kept: madeAndKept} = plan(steps, border, results);
  // Weights too: they may be others by the time of the backward pass.
  const kept = [
    ...madeAndKept,
    ...[...inputs, ...weighted].filter(({lastUse}) => lastUse >= border),
  ];
  if (gradient && isMadeBy(forward, gradient.storage)) {
    throw new UnrecordableError('The gradient is made by the forward pass.');
  }

  const bind = (x: tf.Tensor, weights: readonly tf.Tensor[]): void => {
    for (const storage of inputs) give(storage, x.dataId);
    for (const storage of weighted) {
      const {origin} = storage;
      if (origin.kind === 'weight') give(storage, at(weights, origin.place).dataId);
    }
  };
  // Data that a kernel has made belong to the first tensor of them; others share them.
  const tensorOf = ({dataId, shape, dtype}: tf.Tensor, storage: Storage, isFirst: boolean) => {
    const isHandedOver = isFirst && storage.origin.kind === 'made';
    if (!isHandedOver || storage.owner) backend.incRef(dataId);
    const tensor = tf.engine().makeTensorFromTensorInfo({dataId, shape, dtype});
    if (isHandedOver && storage.owner) free(storage, backend);
    return tensor;
  };
  const result = () => tensorOf(logits.slot, logits.storage, true) as tf.Tensor2D;
  // Kernels may make tensors that they leave to the scope.
  const runForward = (x: tf.Tensor, weights: readonly tf.Tensor[]) =>
    tf.tidy(() => {
      bind(x, weights);
      runPart({constants, steps: forward}, backend);
      const value = result();
      const isFirst = (each: Storage) => each !== logits.storage;
      return {value, saved: kept.map((each) => tensorOf(at(each.slots, 0), each, isFirst(each)))};
    });
  const isCurrent = (): boolean =>
    tf.backend() === backend &&
    [...kernels].every(
      ([name, known]) =>
        kernelOf(name, tf.getBackend())?.kernelFunc === known.run &&
        gradientOf(name) === known.gradient,
    );
  if (!gradient) {
    const part = {constants, steps: forward, backend, logits, x: inputs[0], bind, result};
    return {isCurrent, run: (x, weights) => runForward(x, weights).value, forward: part};
  }

  const run = (x: tf.Tensor, weights: readonly tf.Tensor[]): tf.Tensor2D => {
    const operation = tf.customGrad((...given) => {
      const {value, saved} = runForward(x, weights);
      (given.at(-1) as tf.GradSaveFunc)(saved);
      const gradFunc = (dy: tf.Tensor, data: tf.Tensor[]): tf.Tensor =>
        tf.tidy(() => {
          for (const storage of outputGradients) give(storage, dy.dataId);
          kept.forEach((each, i) => {
            give(each, at(data, i).dataId);
          });
          runPart({constants, steps: backward}, backend);
          return tensorOf(gradient.slot, gradient.storage, !kept.includes(gradient.storage));
        });
      return {value, gradFunc};
    });
    return operation(x) as tf.Tensor2D;
  };
  return {isCurrent, run};
}

const isMadeBy = (steps: readonly Step[], storage: Storage): boolean =>
  steps.some(({outputs}) => outputs.includes(storage));
