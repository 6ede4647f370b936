import * as tf from '@tensorflow/tfjs-core';

/**
 * What kernels make of weights (turned filters, transposed matrices), kept from one gradient to the
 * next. Right whatever changes, since values never change under one data id; whoever opens one
 * disposes it.
 */
export interface WeightCache {
  /** Lets the gradient that is being computed use this cache, unless it is disposed. */
  use(): void;
  dispose(): void;
}

type Made = Map<string, tf.Tensor>;

interface Entries {
  gradients: number;
  isDisposed: boolean;
  readonly kept: tf.Tensor[];
  readonly bySource: WeakMap<
    object,
    {readonly since: number; readonly made: Map<string, tf.Tensor>}
  >;
}

// Gradients are synchronous, so one variable each is enough.
let current: Entries | undefined;
let isComputing = false;

/** Opens an empty cache. */
export function openWeightCache(): WeightCache {
  const entries: Entries = {gradients: 0, isDisposed: false, kept: [], bySource: new WeakMap()};
  return {
    use: () => {
      if (!isComputing || entries.isDisposed) return;
      entries.gradients++;
      current = entries;
    },
    dispose: () => {
      entries.isDisposed = true;
      tf.dispose(entries.kept.splice(0));
    },
  };
}

/** Runs a gradient, in which a cache may be used; it ends there, and one around it goes on with its own. */
export function withWeightCaches<T>(body: () => T): T {
  const outer = {current, isComputing};
  isComputing = true;
  current = undefined;
  try {
    return body();
  } finally {
    ({current, isComputing} = outer);
  }
}

/** Whether a gradient is being computed. */
export const isInGradient = (): boolean => isComputing;

/** What has been made of a tensor; `undefined` where it is not known to be a weight. */
function madeOf({dataId}: tf.TensorInfo): Made | undefined {
  if (!current) return undefined;
  const {gradients, bySource} = current;
  let entry = bySource.get(dataId);
  if (!entry) bySource.set(dataId, (entry = {since: gradients, made: new Map()}));
  return entry.since === gradients ? undefined : entry.made;
}

/**
 * Whether a cache is in use, and the same data have been seen in an earlier gradient: a weight is, a
 * value on the way from the input is not.
 */
export const isKept = (source: tf.TensorInfo): boolean => madeOf(source) !== undefined;

/**
 * What `make` makes of a tensor: new, or where it {@link isKept}, made once.
 *
 * @param source - Its data and shape are the key, with `name`.
 * @param name - Tells apart what is made of one tensor.
 * @param make - Runs inside the caller's `tf.tidy`.
 */
export function madeOnce<T extends tf.Tensor>(
  source: tf.TensorInfo,
  name: string,
  make: () => T,
): T {
  const known = madeOf(source);
  if (!known) return make();
  const key = `${name} ${source.shape.join()}`;
  let made = known.get(key);
  if (!made) {
    made = tf.keep(make());
    known.set(key, made);
    current?.kept.push(made);
  }
  return made as T;
}
