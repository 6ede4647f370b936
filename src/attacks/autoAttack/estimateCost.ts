import * as tf from '@tensorflow/tfjs-core';

import {isPlainObject, plainOptions} from '../../core/options';
import {checkKept} from '../../core/checks/checkKept';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkModelOutputAsync} from '../../core/checks/checkValues';
import {asClassifier, isTrainable, type Model} from '../../core/classifier';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {crossEntropy} from '../../losses/crossEntropy';
import {featureThreatAsync} from '../../core/featureThreat';
import {disposeAfter} from '../../core/memory';
import {inputGradient} from '../../math/inputGradient';
import {logitsAt} from '../../math/logitsAt';
import {type AutoAttackOptions, ensembleSettings} from './autoAttack';
import {checkVerdictValues} from '../search/verdictOptions';

/** Passes and time of one component of an ensemble; `null` for attacks of the caller's own. */
export interface ComponentCost {
  /** The component. */
  readonly name: string;
  /** Forward passes on an example that survives it. */
  readonly forward: number | null;
  /** Backward passes on an example that survives it. */
  readonly backward: number | null;
}

/** What {@link estimateCost} returns: plain data. */
export interface CostEstimate {
  /** The components, in their order. */
  readonly components: readonly ComponentCost[];
  /** Passes on an example that survives all of them, its clean prediction included. */
  readonly perExample: {
    /** Forward passes. */
    readonly forward: number;
    /** Backward passes to the input. */
    readonly backward: number;
  };
  /** Milliseconds of a forward pass and of a gradient (one pass each way), for one example. */
  readonly measured: {
    /** Examples of the batch that was timed. */
    readonly batchSize: number;
    /** Time of a forward pass. */
    readonly forwardMs: number;
    /** Time of a forward and a backward pass. */
    readonly gradientMs: number;
  };
  /** Number of examples. */
  readonly examples: number;
  /** Time for all of them in milliseconds, if `survivors` of them survive. */
  readonly elapsedMs: number;
}

const REPEATS = 3;

/**
 * What {@link autoAttack} with these options would cost: passes of every component, and time from a
 * few passes on the first batch (four forward passes and four gradients). Broken examples cost
 * little and are not counted: the passes on them, and the work of the attacks outside the model,
 * come on top.
 *
 * @param model - As for {@link autoAttack}.
 * @param x - All examples.
 * @param labels - `[examples]` int32.
 * @param options - Those of {@link autoAttack}, and `survivors`: the fraction of the examples that
 *   are expected to be robust. Default: 1.
 * @returns See {@link CostEstimate}.
 * @throws {@link InvalidArgumentError} as {@link autoAttack} does.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, estimateCost} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[4, -4], [-4, 4]]));
 * const x = tf.tensor2d([[0.9, 0.1], [0.2, 0.7]]);
 * const cost = await estimateCost(model, x, tf.tensor1d([0, 1], 'int32'), {
 *   epsilon: 0.1,
 *   attacks: ['apgd-ce'],
 *   rng: createRng(7),
 * });
 * cost.perExample; // => {forward: 102, backward: 100}
 * ```
 */
export async function estimateCost<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: AutoAttackOptions<I> & {readonly survivors?: number | undefined},
): Promise<CostEstimate> {
  const where = 'estimateCost';
  if (isPlainObject(model) && !isTrainable(model)) {
    throw new InvalidArgumentError({
      ...{where, argument: 'model'},
      expected: 'be the first of four arguments',
      found: describeValue(model),
      remedy: 'Write estimateCost(model, x, labels, {epsilon, rng}), as for autoAttack.',
    });
  }
  const {survivors = 1, ...rest} = plainOptions(where, options, 'epsilon');
  checkNumber(where, 'survivors', survivors, {min: 0, max: 1});
  const settings = ensembleSettings<I>(where, x, labels, rest, model);
  const threat = await featureThreatAsync(where, settings, x.shape);
  checkKept(where, 'x', x);
  await checkVerdictValues(where, x, {...threat, quantize: settings.quantize});
  const classify = asClassifier(model, where);
  const examples = labels.size;
  const batchSize = Math.min(settings.batchSize, examples);
  return disposeAfter(async (own) => {
    const rows = own(tf.range(0, batchSize, 1, 'int32'));
    const batch = own(tf.tidy(() => tf.gather(x, rows)));
    const truth = own(tf.tidy(() => tf.gather(labels, rows)));
    let numClasses = 0;
    const forwardMs = await fastest(settings.signal, async () => {
      const logits = logitsAt(where, classify, batch);
      try {
        if (numClasses === 0) await checkModelOutputAsync(where, logits, batchSize);
        numClasses = logits.shape[1];
        await logits.data();
      } finally {
        tf.dispose(logits);
      }
    });
    const gradientMs = await fastest(settings.signal, async () => {
      const {logits, losses, gradient} = inputGradient(classify, batch, truth, crossEntropy, where);
      try {
        await gradient.data();
      } finally {
        tf.dispose([logits, losses, gradient]);
      }
    });
    const components = settings.components.map(({name, passes}) => {
      const {forward = null, backward = null} = passes(numClasses) ?? {};
      return {name, forward, backward};
    });
    const sum = (key: 'forward' | 'backward') =>
      components.reduce((total, component) => total + (component[key] ?? 0), 0);
    const perExample = {forward: 1 + sum('forward'), backward: sum('backward')};
    const measured = {
      batchSize,
      forwardMs: forwardMs / batchSize,
      gradientMs: gradientMs / batchSize,
    };
    const onlyForward = perExample.forward - perExample.backward;
    const each = onlyForward * measured.forwardMs + perExample.backward * measured.gradientMs;
    return {components, perExample, measured, examples, elapsedMs: survivors * examples * each};
  });
}

// The first run warms up: shaders, packed weights. Of the others the fastest, in milliseconds.
async function fastest(signal: AbortSignal | undefined, run: () => Promise<void>): Promise<number> {
  await run();
  let least = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    signal?.throwIfAborted();
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
