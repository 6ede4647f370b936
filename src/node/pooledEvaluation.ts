import type * as tf from '@tensorflow/tfjs-core';

import type {DatasetSource} from '../core/asDataset';
import {checkFunction} from '../core/checks/checkForm';
import type {Model} from '../core/classifier';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {isPlainObject} from '../core/options';
import type {RunControl} from '../core/progress';
import {type EvaluationShard, evaluateShard, type Shard} from '../metrics/evaluateShard';
import type {EvaluateRobustnessOptions} from '../metrics/prepareEvaluation';

const WHERE = 'pooledEvaluation';

/** What every worker evaluates: the arguments of `evaluateRobustness`. */
export interface PooledEvaluation<I extends tf.Tensor = tf.Tensor4D> {
  /** As of `evaluateRobustness`. */
  readonly model: Model<I>;
  /** **All** examples, not those of a part. */
  readonly data: DatasetSource<I>;
  /**
   * As of `evaluateRobustness`; give an `rng`, so that every worker finds the same. Progress and
   * cancelling are up to `evaluateInPool`.
   */
  readonly options?: Omit<EvaluateRobustnessOptions<I>, keyof RunControl> | undefined;
}

/** What a worker is told. */
export interface PoolPart {
  /** Of which form this message is. */
  readonly format: 'lt-robust pool part 1';
  /** The `task` of `evaluateInPool`, as it was given. */
  readonly task: unknown;
  /** Which part of the examples. */
  readonly shard: Shard;
}

/** What a worker tells while it is at work. */
export interface PoolMessage {
  readonly format: 'lt-robust pool progress 1';
  readonly part: number;
  /** Share of the part that is done. */
  readonly fraction: number;
}

/** What a module exports for `evaluateInPool`; made by `pooledEvaluation`, called by the pool. */
export type PoolHandler = (part: PoolPart) => Promise<EvaluationShard>;

/**
 * What a module exports so that {@link evaluateInPool} can evaluate in several processes. In each of
 * them the module is loaded and `open` called once, before its first part.
 *
 * @param open - Starts the backend and says what to evaluate, from the `task` of
 *   `evaluateInPool`: the same in every process. May be asynchronous.
 * @returns The export. It is not to be called by hand.
 * @throws {@link InvalidArgumentError} if `open` is no function.
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import '@tensorflow/tfjs-layers';
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, pgdAttack} from 'lt-robust';
 * import {pooledEvaluation} from 'lt-robust/node';
 *
 * export default pooledEvaluation(async ({epsilon}: {epsilon: number}) => {
 *   await tf.setBackend('cpu');
 *   return {
 *     model: (x: tf.Tensor2D) => tf.concat([x, tf.sub(1, x)], 1) as tf.Tensor2D,
 *     data: {x: tf.tensor2d([[0.9], [0.2]]), labels: [0, 1]},
 *     options: {
 *       attacks: {pgd: (m, x, y, c) => pgdAttack(m, x, y, {...c, epsilon})},
 *       rng: createRng(1),
 *     },
 *   };
 * });
 * ```
 */
export function pooledEvaluation<T = unknown, I extends tf.Tensor = tf.Tensor4D>(
  open: (task: T) => PooledEvaluation<I> | Promise<PooledEvaluation<I>>,
): PoolHandler {
  checkFunction(WHERE, 'open', open);
  let opened: Promise<PooledEvaluation<I>> | undefined;
  return async (given) => {
    const {task, shard} = checkPart(given);
    endWithParent();
    opened ??= Promise.resolve(open(task as T));
    const {model, data, options = {}} = checkOpened(await opened);
    return evaluateShard<I>(model, data, shard, {
      ...options,
      onProgress({done, total}) {
        const fraction = total === 0 ? 1 : done / total;
        const message = {format: 'lt-robust pool progress 1', part: shard.part, fraction} as const;
        process.send?.(message satisfies PoolMessage);
      },
    });
  };
}

function checkPart(given: unknown): PoolPart {
  if (isPlainObject(given) && given['format'] === 'lt-robust pool part 1') {
    return given as unknown as PoolPart;
  }
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'part', found: describeValue(given)},
    expected: 'be a part that the pool hands out',
    remedy: 'Give the address of the module to evaluateInPool; do not call its export.',
  });
}

function checkOpened<I extends tf.Tensor>(opened: PooledEvaluation<I>): PooledEvaluation<I> {
  const {model, data}: {model?: unknown; data?: unknown} = isPlainObject(opened) ? opened : {};
  if (model !== undefined && data !== undefined) return opened;
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'open', found: describeValue(opened)},
    expected: 'return an object {model, data, options}',
    remedy: 'Return what evaluateRobustness would be called with.',
  });
}

let isBound = false;

// A worker whose parent was killed would go on to the end of its part.
function endWithParent(): void {
  if (isBound) return;
  isBound = true;
  process.once('disconnect', () => process.exit(1));
}
