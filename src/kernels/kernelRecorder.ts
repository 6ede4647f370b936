import * as tf from '@tensorflow/tfjs-core';

import {swap} from '../core/swap';
import {gradientOf, kernelOf} from './registries';

/** Data that kernels hand to each other, under one id that is another in each run. */
export interface Storage {
  /**
   * The tensors by which kernels read and write the data, one for each shape and type; the engine does
   * not know of them.
   */
  readonly slots: tf.Tensor[];
  readonly origin: Origin;
  /** The last kernel that reads the data; -1 where none does. */
  lastUse: number;
  /** In a run: the tensor of the engine that owns the data, where the kernel gave one. */
  owner?: tf.Tensor | undefined;
}

/** Where data come from: a kernel, the input, the gradient to the output, a weight, or values. */
export type Origin =
  | {readonly kind: 'made'}
  | {readonly kind: 'x'}
  | {readonly kind: 'dy'}
  | {readonly kind: 'weight'; readonly place: number}
  | {readonly kind: 'constant'; readonly values: tf.BackendValues};

/** A kernel, as it takes any call. */
export type RunKernel = (call: {
  readonly inputs: Step['inputs'];
  readonly attrs: tf.NamedAttrMap | undefined;
  readonly backend: object;
}) => tf.TensorInfo | tf.TensorInfo[];

/** A call of a kernel. */
export interface Step {
  /** Of the kernel. */
  readonly name: string;
  readonly run: RunKernel;
  /** By name, or in a list; some kernels add to them. */
  readonly inputs: Readonly<Record<string, tf.Tensor | undefined>> | readonly tf.Tensor[];
  readonly attrs: tf.NamedAttrMap | undefined;
  readonly outputs: readonly Storage[];
}

/** Data, and the shape and type in which they are a result. */
export interface Result {
  readonly storage: Storage;
  readonly slot: tf.Tensor;
}

/** What computes something that cannot be recorded. */
export class UnrecordableError extends Error {
  override readonly name = 'UnrecordableError';
}

interface KernelParameters {
  readonly kernelName?: string;
  readonly inputs: Step['inputs'];
  readonly attrs?: tf.NamedAttrMap;
}

/** tfjs's engine, as far as it is used here. */
interface Engine {
  runKernelFunc: (parameters: KernelParameters) => tf.Tensor | tf.Tensor[];
  makeTensor: (...given: unknown[]) => tf.Tensor;
  nextTensorId(): number;
  readonly state: {readonly profiling?: boolean};
}

const engineOf = () => tf.engine() as unknown as Engine;

/** Whether tfjs's engine is to see each call of a kernel: in debug mode, and while it profiles. */
export const isObserved = (): boolean =>
  engineOf().state.profiling === true || tf.env().getBool('DEBUG');

/** What is registered under the name of a kernel. */
export interface Registered {
  readonly run: tf.KernelFunc;
  readonly gradient: tf.GradConfig | undefined;
}

/** A copy of the inputs of a kernel. */
export const copyOf = (inputs: Step['inputs']): Step['inputs'] =>
  isList(inputs) ? [...inputs] : {...inputs};

const isList = (inputs: Step['inputs']): inputs is readonly tf.Tensor[] => Array.isArray(inputs);

// Larger ones would take time to write in each run.
const LARGEST_CONSTANT = 4096;

/** Writes down which kernels run, on what. */
export class KernelRecorder {
  /** The calls, in order. */
  readonly steps: Step[] = [];
  /** The kernels that ran, by name, and the gradients of each. */
  readonly kernels = new Map<string, Registered>();
  readonly backend: tf.KernelBackend = tf.backend();
  readonly #storages = new Map<object, Storage>();
  readonly #weights: readonly tf.Tensor[];
  // Made of values, such as the slope of a leaky ReLU.
  readonly #constants = new Set<object>();
  #depth = 0;

  /**
   * @param weights - What is read besides `x` and `dy`, no two of the same data.
   */
  constructor(x: tf.Tensor, dy: tf.Tensor | undefined, weights: readonly tf.Tensor[]) {
    this.#weights = weights;
    this.#storageOf(x, () => ({kind: 'x'}));
    if (dy) this.#storageOf(dy, () => ({kind: 'dy'}));
  }

  /** All data that were seen. */
  get storages(): readonly Storage[] {
    return [...this.#storages.values()];
  }

  /** Runs `body`, and writes down the kernels that run. */
  record<T>(body: () => T): T {
    const engine = engineOf();
    const {runKernelFunc, makeTensor} = engine;
    const restore = swap<Engine>(engine, {
      runKernelFunc: (parameters) => {
        // What runs inside of a kernel is that kernel's.
        if (parameters.kernelName === undefined || this.#depth > 0) {
          return runKernelFunc.call(engine, parameters);
        }
        this.#depth++;
        try {
          // As they are before a kernel adds to them.
          const given = {...parameters, inputs: copyOf(parameters.inputs)};
          const made = runKernelFunc.call(engine, parameters);
          this.#note(given, Array.isArray(made) ? made : [made]);
          return made;
        } finally {
          this.#depth--;
        }
      },
      makeTensor: (...given) => {
        const tensor = makeTensor.apply(engine, given);
        if (this.#depth === 0) this.#constants.add(tensor.dataId);
        return tensor;
      },
    });
    try {
      return body();
    } finally {
      restore();
    }
  }

  /** A tensor that is a result. */
  resultOf(tensor: tf.Tensor): Result {
    const storage = this.#storageOf(tensor);
    return {storage, slot: this.#slotOf(tensor, storage)};
  }

  #note(
    {kernelName: name = '', inputs, attrs}: KernelParameters,
    made: readonly tf.Tensor[],
  ): void {
    const given = Object.values(inputs).filter((input) => input !== undefined && input !== null);
    // A view of the same data: nothing to compute.
    if (made.every(({dataId}) => given.some((input) => input.dataId === dataId))) {
      for (const input of given) this.#storageOf(input);
      for (const output of made) this.resultOf(output);
      return;
    }
    const run = kernelOf(name, tf.getBackend())?.kernelFunc;
    if (!run) throw new UnrecordableError(`There is no kernel ${name}.`);
    this.kernels.set(name, {run, gradient: gradientOf(name)});
    const entries = Object.entries(inputs).map(
      ([key, input]) => [key, input && this.#read(input)] as const,
    );
    const slots = Array.isArray(inputs)
      ? entries.flatMap(([, slot]) => slot ?? [])
      : Object.fromEntries(entries);
    const outputs = made.map((output) => {
      const storage = this.#storageOf(output, () => ({kind: 'made'}));
      this.#slotOf(output, storage);
      return storage;
    });
    this.steps.push({name, run: run as RunKernel, inputs: slots, attrs, outputs});
  }

  #read(tensor: tf.Tensor): tf.Tensor {
    const storage = this.#storageOf(tensor);
    storage.lastUse = this.steps.length;
    return this.#slotOf(tensor, storage);
  }

  #storageOf(tensor: tf.Tensor, origin = () => this.#originOf(tensor)): Storage {
    let storage = this.#storages.get(tensor.dataId);
    if (!storage) {
      storage = {slots: [], origin: origin(), lastUse: -1};
      this.#storages.set(tensor.dataId, storage);
    }
    return storage;
  }

  #slotOf({dataId, shape, dtype}: tf.Tensor, {slots}: Storage): tf.Tensor {
    let slot = slots.find((each) => each.dtype === dtype && tf.util.arraysEqual(each.shape, shape));
    if (!slot) {
      slot = new tf.Tensor([...shape], dtype, dataId, engineOf().nextTensorId());
      slots.push(slot);
    }
    return slot;
  }

  #originOf(tensor: tf.Tensor): Origin {
    const place = this.#weights.findIndex(({dataId}) => dataId === tensor.dataId);
    if (place >= 0) return {kind: 'weight', place};
    const isSmall = tensor.size <= LARGEST_CONSTANT && tensor.dtype !== 'string';
    if (!this.#constants.has(tensor.dataId) || !isSmall) {
      throw new UnrecordableError('A tensor is neither a weight nor made by a kernel.');
    }
    return {kind: 'constant', values: tensor.dataSync().slice()};
  }
}
