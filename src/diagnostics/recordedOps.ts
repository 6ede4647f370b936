import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';

type Inputs = Record<string, tf.Tensor | null | undefined> | tf.Tensor[];

/** What tfjs's engine runs: a kernel, or a function with a gradient of its own (`tf.customGrad`). */
interface Invocation {
  readonly kernelName?: string;
  readonly inputs: Inputs;
  readonly attrs?: tf.NamedAttrMap;
}

interface Engine {
  runKernelFunc(invocation: Invocation): tf.Tensor | tf.Tensor[];
  readonly state: {readonly activeScope?: {readonly name: string} | null};
  gradients(f: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): {grads: tf.Tensor[]};
}

/** An operation of a forward pass, which can be run again on other numbers. */
export interface RecordedOp {
  /** Name of the kernel; for a custom gradient that of the operation, or `tf.customGrad`. */
  readonly kernel: string;
  /** The values of the inputs that a gradient flows to. */
  readonly inputs: readonly tf.Tensor[];
  /** Runs it with those inputs replaced. */
  readonly run: (values: readonly Float32Array[]) => tf.Tensor;
  /** Its gradients of <output, v> to them. */
  readonly gradients: (values: readonly Float32Array[], v: Float32Array) => tf.Tensor[];
  readonly dispose: () => void;
}

const engineOf = () => tf.engine() as unknown as Engine;

const first = (output: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(output) ? at(output, 0) : output;

/** A tensor whose values are looked for, and the one that has them. */
type Stand = readonly [tensor: tf.Tensor, values: tf.Tensor];

interface Held {
  dataId: object;
  isDisposedInternal: boolean;
}

/**
 * Runs `body` while tensors hold the values of others: what a custom gradient's function reads are the
 * very tensors that it was called with, and tf.layers disposes of those between layers.
 */
function withValues<T>(stands: readonly Stand[], body: () => T): T {
  const tensors = stands.map(([tensor]) => tensor as unknown as Held);
  const before = stands.map(([{dataId, isDisposed}]) => ({dataId, isDisposed}));
  stands.forEach(([, {dataId}], i) => {
    at(tensors, i).dataId = dataId;
    at(tensors, i).isDisposedInternal = false;
  });
  try {
    return body();
  } finally {
    tensors.forEach((tensor, i) => {
      tensor.dataId = at(before, i).dataId;
      tensor.isDisposedInternal = at(before, i).isDisposed;
    });
  }
}

function nameOf({kernelName}: Invocation, engine: Engine): string {
  const scope = engine.state.activeScope?.name ?? '';
  return kernelName ?? (scope.endsWith('__op') ? scope.slice(0, -4) : 'tf.customGrad');
}

/** Records one invocation; its values are kept until it is disposed. */
function recordedOp(
  invocation: Invocation,
  kernel: string,
  depends: ReadonlySet<number>,
): RecordedOp {
  const engine = engineOf();
  const isKernel = invocation.kernelName !== undefined;
  const stands: Stand[] = [];
  const moving: Stand[] = [];
  const replaced = (tensor: tf.Tensor | null | undefined) => {
    if (!tensor) return tensor;
    const values = tf.keep(tf.clone(tensor));
    // A kernel is run on copies that share the values; a custom function knows its own tensors.
    const stand: Stand = [isKernel ? values : tensor, values];
    stands.push(stand);
    if (depends.has(tensor.id) && tensor.dtype === 'float32') moving.push(stand);
    return stand[0];
  };
  const {inputs: all} = invocation;
  const copies = Array.isArray(all)
    ? all.map((tensor) => replaced(tensor) as tf.Tensor)
    : Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, replaced(tensor)]));
  const again = () => first(engine.runKernelFunc({...invocation, inputs: copies}));
  const inputs = moving.map(([tensor]) => tensor);
  const onValues = <T extends tf.TensorContainer>(
    values: readonly Float32Array[],
    body: () => T,
  ): T =>
    tf.tidy(() => {
      const others = moving.map(([tensor], i): Stand => [
        tensor,
        tf.tensor(at(values, i), tensor.shape),
      ]);
      return withValues(stands, () => withValues(others, body));
    });
  return {
    kernel,
    inputs: moving.map(([, values]) => values),
    run: (values) => onValues(values, again),
    gradients: (values, v) =>
      onValues(values, () => {
        const {shape} = tf.tidy(again);
        return engine.gradients(again, inputs, tf.tensor(v, shape)).grads;
      }),
    dispose: () => tf.dispose(stands.map(([, values]) => values)),
  };
}

/**
 * Custom gradients of the same shapes may differ in anything; kernels with the same attributes and
 * shapes are the same.
 */
function keyOf({attrs, inputs}: Invocation, kernel: string, count: number): string {
  const shapes = Object.values(inputs).map((tensor) => (tensor as tf.Tensor | null)?.shape);
  return JSON.stringify([kernel, kernel === 'tf.customGrad' ? count : attrs, shapes]);
}

/**
 * Runs a forward pass and records the operations between `sources` and its result, each kind once
 * (kernel, attributes and shapes). Where tfjs's engine is not as expected, none are found.
 *
 * @param sources - Where gradients are to flow to.
 * @param ops - Collects the operations by kind; the caller disposes them.
 * @param body - The forward pass; synchronous.
 */
export function recordOps<T>(
  sources: readonly tf.Tensor[],
  ops: Map<string, RecordedOp>,
  body: () => T,
): T {
  const engine = engineOf();
  if (typeof engine.runKernelFunc !== 'function') return body();
  const run = engine.runKernelFunc.bind(engine);
  const depends = new Set(sources.map(({id}) => id));
  let busy = false;
  const hook = (invocation: Invocation) => {
    if (busy) return run(invocation);
    busy = true; // operations that run inside belong to this one
    try {
      const inputs = Object.values(invocation.inputs) as (tf.Tensor | null | undefined)[];
      const connected = inputs.some((tensor) => tensor && depends.has(tensor.id));
      const kernel = nameOf(invocation, engine);
      const key = keyOf(invocation, kernel, ops.size);
      const output = run(invocation);
      if (connected) {
        for (const tensor of Array.isArray(output) ? output : [output]) depends.add(tensor.id);
        // An operation whose output is no number, such as a comparison, has no slope to compare.
        const isFloat = first(output).dtype === 'float32';
        if (isFloat && !ops.has(key)) ops.set(key, recordedOp(invocation, kernel, depends));
      }
      return output;
    } finally {
      busy = false;
    }
  };
  engine.runKernelFunc = hook;
  try {
    return body();
  } finally {
    // The method of the class is visible again.
    delete (engine as Partial<Engine>).runKernelFunc;
  }
}
