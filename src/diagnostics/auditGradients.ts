import * as tf from '@tensorflow/tfjs-core';

import {checkBatch} from '../core/checks/checkTensors';
import {
  checkLabelValuesAsync,
  checkModelOutputAsync,
  checkPixelsAsync,
} from '../core/checks/checkValues';
import {
  asClassifier,
  asTrainableClassifier,
  type Classifier,
  type Model,
  type TrainableClassifier,
} from '../core/classifier';
import {isGraphModel} from '../core/layers/graphModel';
import {checkNumber} from '../core/checks/checkNumber';
import {disposeAfter, disposeTapeOnThrow} from '../core/memory';
import {withDefaults} from '../core/options';
import {passTensors} from '../core/pass';
import {breathe} from '../core/progress';
import {createRng, type Rng} from '../core/rng';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {crossEntropy} from '../losses/crossEntropy';
import {inputGradient} from '../math/inputGradient';
import {directionalError, dot, moved, randomSigns, rootMeanSquare} from './directionalError';
import {type OpAudit, auditOps} from './auditOps';
import {type RecordedOp, recordOps} from './recordedOps';

/** Options of {@link auditGradients}. */
export interface AuditGradientsOptions {
  /** Largest relative error that passes; > 0. @defaultValue 0.05 */
  readonly tolerance?: number | undefined;
  /** Random directions to differentiate along, for each input and variable. @defaultValue 2 */
  readonly directions?: number | undefined;
  /**
   * Where directions come from. @defaultValue none: createRng(1), the same directions in every call
   */
  readonly rng?: Rng | undefined;
  /** Aborting it rejects with its `reason`, at the next variable or operation. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS = {
  tolerance: 0.05,
  directions: 2,
  rng: undefined as Rng | undefined,
  signal: undefined as AbortSignal | undefined,
};

/** How the gradient of one variable agrees. */
export interface VariableAudit {
  /** Name of the variable. */
  readonly name: string;
  /** What stands before the `/` in its name: in tf.layers, the layer. */
  readonly layer?: string;
  /** Relative error of its slopes. */
  readonly relativeError: number;
  /** Whether that is within the tolerance. */
  readonly ok: boolean;
}

/** What {@link auditGradients} found; plain data. */
export interface GradientAudit {
  /** Whether every gradient agrees. */
  readonly ok: boolean;
  /** Backend that was audited. */
  readonly backend: string;
  /** The gradient that an attack uses. */
  readonly input: {
    /** As in {@link VariableAudit}. */
    readonly relativeError: number;
    /** Whether it is within the tolerance. */
    readonly ok: boolean;
  };
  /** The gradients that a training step uses; empty for a model without variables. */
  readonly variables: readonly VariableAudit[];
  /** The operations of the model, the worst first: which of them is off. */
  readonly ops: readonly OpAudit[];
  /** Forward passes of the whole model that it took, backward passes included once each. */
  readonly passes: number;
}

interface Run {
  readonly tolerance: number;
  readonly directions: number;
  readonly rng: Rng;
  readonly x: tf.Tensor;
  readonly labels: tf.Tensor1D;
  readonly ops: Map<string, RecordedOp>;
  passes: number;
}

type Forward = Classifier<tf.Tensor>;

// Relative to the size of what moves.
const INPUT_STEPS = [1e-2, 1e-3, 3e-2, 1e-4];
const WEIGHT_STEPS = [3e-2, 1e-2, 1e-1, 3e-3];
// Where a kink lies exactly at x (zeros behind a ReLU), slopes and differences disagree by right.
const NUDGES = [0, 0.03, 0.06];

async function lossesOf(run: Run, forward: Forward, x: tf.Tensor): Promise<number[]> {
  run.passes++;
  const losses = tf.tidy(() => crossEntropy(forward(x), run.labels));
  const values = await losses.data();
  losses.dispose();
  return Array.from(values);
}

/** x with noise of a share of its size; without, x itself. */
function nudged(x: tf.Tensor, values: Float32Array, nudge: number, rng: Rng): tf.Tensor {
  if (nudge === 0) return x;
  const size = nudge * (rootMeanSquare(values) || 1);
  return tf.tensor(
    values.map((value) => value + size * (2 * rng.uniform() - 1)),
    x.shape,
  );
}

async function inputError(run: Run, forward: Forward): Promise<number> {
  const {tolerance, labels, ops} = run;
  const original = (await run.x.data()) as Float32Array;
  let smallest = Infinity;
  for (const nudge of NUDGES) {
    const rng = run.rng.fork('input').fork(String(nudge));
    const error = await disposeAfter(async (own) => {
      const x = nudged(run.x, original, nudge, rng);
      if (nudge !== 0) own(x);
      const recording = (input: tf.Tensor) =>
        nudge === 0 ? recordOps([input], ops, () => forward(input)) : forward(input);
      run.passes++;
      const {logits, losses, gradient} = own({
        ...inputGradient(recording, x, labels, crossEntropy),
      });
      const [values, scores, g] = await Promise.all([x.data(), logits.data(), gradient.data()]);
      const perExample = values.length / losses.size;
      const directions = Array.from({length: run.directions}, () =>
        randomSigns(values.length, rng),
      );
      const slopes = directions.flatMap((direction) =>
        Array.from({length: losses.size}, (_, i) => {
          const [from, to] = [i * perExample, (i + 1) * perExample];
          return dot(g.subarray(from, to), direction.subarray(from, to));
        }),
      );
      const at = async (distance: number) => {
        const rows: number[] = [];
        for (const direction of directions) {
          const there = tf.tensor(moved(values as Float32Array, direction, distance), x.shape);
          rows.push(...(await lossesOf(run, forward, there)));
          there.dispose();
        }
        return rows;
      };
      const size = rootMeanSquare(values as Float32Array) || 1;
      const scale = Math.max(1, rootMeanSquare(scores as Float32Array));
      const steps = INPUT_STEPS.map((step) => step * size);
      return directionalError({slopes, at, scale}, steps, tolerance);
    });
    smallest = Math.min(smallest, error);
    if (smallest <= tolerance) break;
  }
  return smallest;
}

/** Training mode, unless chance (dropout) makes two passes differ: then inference mode. */
async function repeatable(run: Run, model: TrainableClassifier<tf.Tensor>): Promise<Forward> {
  const training: Forward = (x) => passTensors(model.training(x)).logits;
  const [once, twice] = [
    await lossesOf(run, training, run.x),
    await lossesOf(run, training, run.x),
  ];
  return once.every((loss, i) => loss === twice[i]) ? training : model.inference;
}

async function variableErrors(
  run: Run,
  model: TrainableClassifier<tf.Tensor>,
  signal: AbortSignal | undefined,
): Promise<VariableAudit[]> {
  const {tolerance, labels} = run;
  const variables = [...model.variables];
  const errors = variables.map(() => Infinity);
  const forward = await repeatable(run, model);
  const original = (await run.x.data()) as Float32Array;
  const meanLoss = async (x: tf.Tensor) => {
    const losses = await lossesOf(run, forward, x);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  for (const nudge of NUDGES) {
    if (errors.every((error) => error <= tolerance)) break;
    const rng = run.rng.fork('variables').fork(String(nudge));
    await disposeAfter(async (own) => {
      const x = nudged(run.x, original, nudge, rng);
      if (nudge !== 0) own(x);
      const recorded = () => recordOps(variables, run.ops, () => forward(x));
      const loss = () => tf.mean(crossEntropy(nudge === 0 ? recorded() : forward(x), labels));
      run.passes++;
      const {value, grads} = own(
        disposeTapeOnThrow(() =>
          withGradientKernels(() => tf.variableGrads(loss as () => tf.Scalar, variables)),
        ),
      );
      const scale = Math.max(1, ...(await value.data()));
      for (const [i, variable] of variables.entries()) {
        if ((errors[i] as number) <= tolerance) continue;
        await breathe(signal);
        const error = await disposeAfter(async (keep) => {
          const kept = keep(tf.clone(variable));
          const values = (await variable.data()) as Float32Array;
          // tfjs leaves out what a loss does not depend on.
          const gradient = (await grads[variable.name]?.data()) ?? new Float32Array(values.length);
          const directions = Array.from({length: run.directions}, () =>
            randomSigns(values.length, rng),
          );
          const at = async (distance: number) => {
            const rows: number[] = [];
            for (const direction of directions) {
              tf.tidy(() =>
                variable.assign(tf.tensor(moved(values, direction, distance), variable.shape)),
              );
              rows.push(await meanLoss(x));
            }
            return rows;
          };
          const size = Math.max(rootMeanSquare(values), 1e-2);
          const slopes = directions.map((direction) => dot(gradient, direction));
          try {
            const steps = WEIGHT_STEPS.map((step) => step * size);
            return await directionalError({slopes, at, scale}, steps, tolerance);
          } finally {
            variable.assign(kept);
          }
        });
        errors[i] = Math.min(errors[i] as number, error);
      }
    });
  }
  return variables.map(({name}, i) => {
    const relativeError = errors[i] as number;
    const layer = name.includes('/') ? {layer: name.slice(0, name.indexOf('/'))} : {};
    return {name, ...layer, relativeError, ok: relativeError <= tolerance};
  });
}

/**
 * Compares the gradients that an attack and a training step would use, on the current backend and
 * with this library's kernels, with central differences along random directions; and says which
 * layer and which operation is off. A wrong gradient trains a worse model, and makes an attack
 * weaker and a model look robust: call it once for a new architecture, backend or custom operation,
 * with a few examples.
 *
 * Several step sizes and, where these disagree, slightly moved inputs are tried, and the best
 * agreement counts, so that the kinks of a right ReLU network are no errors. What is smaller than
 * rounding is not compared. Cost: with the default options 5 forward passes at least for the input
 * and 4 for each variable, on all of `x`; several times that where gradients disagree; and two runs
 * or more of every kind of operation. A 20-layer network takes about as long as 200 forward passes.
 *
 * @param model - What attacks take. Variables are audited of a `tf.LayersModel` or a
 *   {@link TrainableClassifier}: in training mode, or in inference mode if that is random (dropout).
 *   Weights and running statistics are afterwards as they were.
 * @param x - `[batch, ...]` float32, a few inputs; unchanged.
 * @param labels - `[batch]` int32 classes.
 * @param options - See {@link AuditGradientsOptions}.
 * @returns Relative errors ‖slopes − differences‖ / ‖·‖ (the larger norm), as plain data.
 * @throws {@link InvalidArgumentError} if shapes disagree, values are not finite, a setting is out
 *   of range, or the model uses an operation whose gradient this library refuses.
 * @example
 * ```ts
 * const model = tf.sequential({layers: [tf.layers.dense({inputShape: [2], units: 3})]});
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
  const classifier = asClassifier(model, where) as unknown as Forward;
  const isBare = typeof model === 'function' || isGraphModel(model);
  const trainable = isBare ? undefined : asTrainableClassifier(model, where);
  checkNumber(where, 'tolerance', tolerance, {above: 0});
  checkNumber(where, 'directions', directions, {min: 1, integer: true});
  checkBatch(where, x, labels);
  await checkPixelsAsync(where, x, null);
  signal?.throwIfAborted();
  const logits = tf.tidy(() => classifier(x));
  try {
    await checkModelOutputAsync(where, logits, labels.size);
    await checkLabelValuesAsync(where, labels, logits.shape[1]);
  } finally {
    logits.dispose();
  }
  const ops = new Map<string, RecordedOp>();
  const run: Run = {tolerance, directions, rng: rng ?? createRng(1), x, labels, ops, passes: 1};
  const statistics = (trainable?.statistics ?? []).map((variable) => ({
    variable,
    before: tf.clone(variable),
  }));
  try {
    const relativeError = await inputError(run, classifier);
    const input = {relativeError, ok: relativeError <= tolerance};
    await breathe(signal);
    const variables = trainable
      ? await variableErrors(run, trainable as unknown as TrainableClassifier<tf.Tensor>, signal)
      : [];
    const checked = await auditOps([...ops.values()], {
      tolerance,
      directions,
      rng: run.rng,
      signal,
    });
    const ok = [input, ...variables, ...checked].every((part) => part.ok);
    return {ok, backend: tf.getBackend(), input, variables, ops: checked, passes: run.passes};
  } finally {
    for (const {variable, before} of statistics) {
      variable.assign(before);
      before.dispose();
    }
    for (const op of ops.values()) op.dispose();
  }
}
