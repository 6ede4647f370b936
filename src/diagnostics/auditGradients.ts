import * as tf from '@tensorflow/tfjs-core';

import {logitsAt} from '../math/logitsAt';
import {checkKept} from '../core/checks/checkKept';
import {checkNumber} from '../core/checks/checkNumber';
import {checkBatch} from '../core/checks/checkTensors';
import {
  checkLabelValuesAsync,
  checkModelOutputAsync,
  checkPixelsAsync,
} from '../core/checks/checkValues';
import {
  asClassifier,
  asTrainableClassifier,
  type Model,
  type TrainableClassifier,
} from '../core/classifier';
import {isMissingGradientsError} from '../core/errors';
import {isGraphModel} from '../core/layers/graphModel';
import {type Defaults, withDefaults} from '../core/options';
import {breathe} from '../core/progress';
import {createRng, type Rng} from '../core/rng';
import {inputError} from './auditInput';
import {auditOps, type OpAudit} from './auditOps';
import type {AuditRun, Forward} from './auditRun';
import {auditVariables, type VariableAudit} from './auditVariables';

/** Options of {@link auditGradients}. */
export interface AuditGradientsOptions {
  /** Largest relative error that passes; > 0. @defaultValue 0.05 */
  readonly tolerance?: number | undefined;
  /** Random directions to differentiate along, for each input and variable. @defaultValue 2 */
  readonly directions?: number | undefined;
  /**
   * Generator of the directions. @defaultValue none: createRng(1), the same directions in every
   * call
   */
  readonly rng?: Rng | undefined;
  /** Aborting it rejects with its `reason`, at the next variable or operation. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS: Defaults<AuditGradientsOptions, 'rng' | 'signal'> = {
  tolerance: 0.05,
  directions: 2,
  rng: undefined,
  signal: undefined,
};

/** How well the gradient to the input agrees with differences. */
export interface InputAudit {
  /** Relative error of its slopes; `Infinity` where there is no gradient. */
  readonly relativeError: number;
  /** Whether that is within the tolerance. */
  readonly ok: boolean;
  /** Why there is no gradient, where there is none. */
  readonly problem?: string;
}

/** What {@link auditGradients} found; plain data. */
export interface GradientAudit {
  /** Whether every gradient agrees. */
  readonly ok: boolean;
  /** Backend that was audited. */
  readonly backend: string;
  /** The gradient that an attack uses. */
  readonly input: InputAudit;
  /** The gradients that a training step uses; empty for a model without variables. */
  readonly variables: readonly VariableAudit[];
  /** The operations of the model, the worst first: they show which one is wrong. */
  readonly ops: readonly OpAudit[];
  /** Forward passes of the whole model that it took, backward passes included once each. */
  readonly passes: number;
}

async function auditInput(run: AuditRun, classifier: Forward): Promise<InputAudit> {
  try {
    const relativeError = await inputError(run, classifier);
    return {relativeError, ok: relativeError <= run.tolerance};
  } catch (error) {
    if (!isMissingGradientsError(error)) throw error;
    return {relativeError: Infinity, ok: false, problem: error.message};
  }
}

/**
 * Compares the gradients that an attack and a training step would use, on the current backend and
 * with this library's kernels, with central differences along random directions; and says which
 * layer and which operation is wrong. A wrong gradient trains a worse model, and makes an attack
 * weaker and a model look robust: call it once for a new architecture, backend or custom operation,
 * with a few examples.
 *
 * Several step sizes and, where these disagree, slightly moved inputs are tried, and the best
 * agreement counts, so that the kinks of a correct ReLU network do not count as errors. Slopes that
 * are smaller than rounding are not compared. An operation without a gradient is reported with its
 * `problem`, and so are the variables before it. Cost: with the default options at least 5 forward
 * passes for the input and 4 for each variable, on all of `x`; several times that where gradients
 * disagree; and two runs or more of every kind of operation. A 20-layer network takes about as long
 * as 200 forward passes.
 *
 * @param model - What attacks take. Variables are audited of a `tf.LayersModel` or a
 *   {@link TrainableClassifier}: in training mode, or in inference mode if that is random (dropout).
 *   Weights and running statistics move within single passes only: whatever uses the model while the
 *   audit runs finds them as they were.
 * @param x - `[batch, ...]` float32, a few inputs; unchanged.
 * @param labels - `[batch]` int32 classes.
 * @param options - See {@link AuditGradientsOptions}.
 * @returns Relative errors ‖slopes − differences‖ / ‖·‖ (the larger norm), as plain data.
 * @throws {@link InvalidArgumentError} if shapes disagree, values are not finite or a setting is out
 *   of range.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {auditGradients} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 3})]});
 * const x = tf.tensor2d([[0.2, 0.9], [0.7, 0.1]]);
 * const audit = await auditGradients(model, x, tf.tensor1d([0, 2], 'int32'));
 * audit.ok; // => true
 * audit.variables.length; // => 2
 * ```
 */
export async function auditGradients<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: AuditGradientsOptions = {},
): Promise<GradientAudit> {
  const where = 'auditGradients';
  const {tolerance, directions, rng, signal} = withDefaults(where, DEFAULTS, options);
  const classify = asClassifier(model, where);
  const classifier = classify as unknown as Forward;
  const isBare = typeof model === 'function' || isGraphModel(model);
  const trainable = isBare ? undefined : asTrainableClassifier(model, where);
  checkNumber(where, 'tolerance', tolerance, {above: 0});
  checkNumber(where, 'directions', directions, {min: 1, integer: true});
  checkBatch(where, x, labels);
  await checkPixelsAsync(where, x, null);
  checkKept(where, 'x', x);
  signal?.throwIfAborted();
  // A copy is taken, since what the model returns may be a tensor of its own, or x itself.
  const logits = tf.keep(logitsAt(where, classify, x));
  try {
    await checkModelOutputAsync(where, logits, labels.size);
    await checkLabelValuesAsync(where, labels, logits.shape[1]);
  } finally {
    logits.dispose();
  }
  const run: AuditRun = {
    ...{tolerance, directions, signal, x, labels},
    rng: rng ?? createRng(1),
    ops: new Map(),
    statistics: trainable?.statistics ?? [],
    passes: 1,
  };
  try {
    const input = await auditInput(run, classifier);
    await breathe(signal);
    const variables = trainable
      ? await auditVariables(run, trainable as unknown as TrainableClassifier<tf.Tensor>)
      : [];
    const ops = await auditOps([...run.ops.values()], run);
    const ok = [input, ...variables, ...ops].every((part) => part.ok);
    return {ok, backend: tf.getBackend(), input, variables, ops, passes: run.passes};
  } finally {
    for (const op of run.ops.values()) op.dispose();
  }
}
