import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {TrainableClassifier} from '../core/classifier';
import {isMissingGradientsError} from '../core/errors';
import {disposeAfter, disposeTapeOnThrow} from '../core/memory';
import {passTensors} from '../core/pass';
import {breathe} from '../core/progress';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {crossEntropy} from '../losses/crossEntropy';
import {type AuditRun, type Forward, lossesAt, nudged, NUDGES, unchanged} from './auditRun';
import {directionalError, dot, moved, randomSigns, rootMeanSquare} from './directionalError';
import {recordOps} from './recordedOps';

/** How well the gradient of one variable agrees with differences. */
export interface VariableAudit {
  /** Name of the variable. */
  readonly name: string;
  /** The part of its name before the `/`: in tf.layers, the layer. */
  readonly layer?: string;
  /** Relative error of its slopes; `Infinity` where there is no gradient. */
  readonly relativeError: number;
  /** Whether that is within the tolerance. */
  readonly ok: boolean;
  /** Why there is no gradient, where there is none. */
  readonly problem?: string;
}

// Step sizes, relative to the size of what is moved.
const STEPS = [3e-2, 1e-2, 1e-1, 3e-3];

/** Training mode, unless randomness (dropout) makes two passes differ: then inference mode. */
async function repeatable(run: AuditRun, model: TrainableClassifier<tf.Tensor>): Promise<Forward> {
  const training: Forward = (x) => passTensors(model.training(x)).logits;
  const once = await lossesAt(run, training, run.x);
  const twice = await lossesAt(run, training, run.x);
  return once.every((loss, i) => loss === twice[i]) ? training : model.inference;
}

type Gradients = Record<string, tf.Tensor>;

/** Value and gradients of the mean loss; the model is as before when this returns. */
function gradientsAt(
  run: AuditRun,
  forward: Forward,
  x: tf.Tensor,
  variables: tf.Variable[],
): {value: tf.Scalar; grads: Gradients} {
  run.passes++;
  const recorded = () =>
    x === run.x ? recordOps(variables, run.ops, () => forward(x)) : forward(x);
  const loss = (): tf.Scalar => tf.mean(crossEntropy(recorded(), run.labels));
  return unchanged(run.statistics, () =>
    // Where a gradient throws, tfjs leaves the loss in the surrounding scope.
    tf.tidy(() =>
      disposeTapeOnThrow(() => withGradientKernels(() => tf.variableGrads(loss, variables))),
    ),
  );
}

/**
 * The same, one variable at a time where any of them has no gradient, with the reason why it has
 * none.
 */
function possibleGradients(
  run: AuditRun,
  forward: Forward,
  x: tf.Tensor,
  variables: tf.Variable[],
): {values: tf.Scalar[]; grads: Gradients; problems: Map<tf.Variable, string>} {
  const problems = new Map<tf.Variable, string>();
  try {
    const {value, grads} = gradientsAt(run, forward, x, variables);
    return {values: [value], grads, problems};
  } catch (error) {
    if (!isMissingGradientsError(error)) throw error;
    if (variables.length === 1) {
      return {values: [], grads: {}, problems: problems.set(at(variables, 0), error.message)}; // prettier-ignore
    }
  }
  const parts = variables.map((variable) => possibleGradients(run, forward, x, [variable]));
  return {
    values: parts.flatMap(({values}) => values),
    grads: Object.assign({}, ...parts.map(({grads}) => grads)) as Gradients,
    problems: new Map(parts.flatMap((part) => [...part.problems])),
  };
}

/** Error of one variable. */
async function errorOf(
  run: AuditRun,
  forward: Forward,
  x: tf.Tensor,
  {variable, gradient, scale}: {variable: tf.Variable; gradient?: tf.Tensor; scale: number},
  rng: AuditRun['rng'],
): Promise<number> {
  const values = await variable.data<'float32'>();
  // tfjs leaves out what a loss does not depend on.
  const slope = (await gradient?.data<'float32'>()) ?? new Float32Array(values.length);
  const directions = Array.from({length: run.directions}, () => randomSigns(values.length, rng));
  const valuesAt = async (distance: number) => {
    const rows: number[] = [];
    for (const direction of directions) {
      // The variable is moved for one pass only, not while the result is awaited.
      const pending = unchanged([variable], () => {
        const there = tf.tensor(moved(values, direction, distance), variable.shape);
        variable.assign(there);
        there.dispose();
        return lossesAt(run, forward, x);
      });
      const losses = await pending;
      rows.push(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
    }
    return rows;
  };
  const size = Math.max(rootMeanSquare(values), 1e-2);
  const slopes = directions.map((direction) => dot(slope, direction));
  const steps = STEPS.map((step) => step * size);
  return directionalError({slopes, at: valuesAt, scale}, steps, run.tolerance);
}

/** Compares the gradients that a training step uses with differences, variable by variable. */
export async function auditVariables(
  run: AuditRun,
  model: TrainableClassifier<tf.Tensor>,
): Promise<VariableAudit[]> {
  const {tolerance} = run;
  const variables = [...model.variables];
  const errors = new Map<tf.Variable, number>();
  const problems = new Map<tf.Variable, string>();
  const errorSoFar = (variable: tf.Variable) => errors.get(variable) ?? Infinity;
  const forward = await repeatable(run, model);
  const original = await run.x.data<'float32'>();
  for (const nudge of NUDGES) {
    const open = variables.filter((v) => errorSoFar(v) > tolerance && !problems.has(v));
    if (open.length === 0) break;
    const rng = run.rng.fork('variables').fork(String(nudge));
    await disposeAfter(async (own) => {
      const x = nudged(run.x, original, nudge, rng);
      if (nudge !== 0) own(x);
      const found = possibleGradients(run, forward, x, variables);
      const {values, grads} = own({values: found.values, grads: found.grads});
      found.problems.forEach((problem, variable) => problems.set(variable, problem));
      const losses = await Promise.all(values.map(async (value) => (await value.data())[0] ?? 1));
      const scale = Math.max(1, ...losses);
      for (const variable of open.filter((v) => !problems.has(v))) {
        await breathe(run.signal);
        const gradient = grads[variable.name];
        const probe = {variable, scale, ...(gradient && {gradient})};
        const error = await errorOf(run, forward, x, probe, rng);
        errors.set(variable, Math.min(errorSoFar(variable), error));
      }
    });
  }
  return variables.map((variable): VariableAudit => {
    const {name} = variable;
    const [relativeError, problem] = [errorSoFar(variable), problems.get(variable)];
    return {
      name,
      ...(name.includes('/') && {layer: name.slice(0, name.indexOf('/'))}),
      relativeError,
      ok: relativeError <= tolerance,
      ...(problem !== undefined && {problem}),
    };
  });
}
