import * as tf from '@tensorflow/tfjs-core';

import {checkMethod} from '../core/checks/checkParts';
import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import type {Update, UpdateRule} from '../core/updateRule';
import {withUpdateRule} from './withUpdateRule';

const SCALINGS = ['layerwise', 'global'] as const;

/** Options of {@link awp}. */
export interface AwpOptions {
  /**
   * Size γ ≥ 0 of the perturbation, relative to the weights. 0.005 is that of TRADES-AWP; AT-AWP has
   * 0.01 (for PreActResNet-18). @defaultValue 0.005
   */
  readonly gamma?: number | undefined;
  /**
   * First epoch, counted from 1, in which weights are perturbed; 10 in TRADES-AWP. @defaultValue 1
   */
  readonly fromEpoch?: number | undefined;
  /**
   * `'layerwise'`: each kernel moves by γ times its own norm, biases and batch norm do not;
   * `'global'`: one scale for all variables, as MAIR has it. @defaultValue 'layerwise'
   */
  readonly scaling?: (typeof SCALINGS)[number] | undefined;
}

const DEFAULTS: Defaults<AwpOptions> = {
  gamma: 0.005,
  fromEpoch: 1,
  scaling: 'layerwise',
};

const WHERE = 'awp';

// AWP's code adds this to the norm of a gradient. In float32 it only keeps 0 / 0 from being NaN.
const GUARD = 1e-20;

/**
 * Adversarial weight perturbation (AWP) around any method: before each step the weights are moved
 * in a direction that raises the loss, the step is taken there, and the perturbation is taken back.
 * It flattens the loss in the weights.
 *
 * The perturbation of a kernel w is γ ‖w‖ g/‖g‖, g being the gradient of the method's loss to it. The
 * optimizer's step, weight decay included, sees the perturbed weights. The passes that find the
 * perturbation leave the running statistics as they are.
 *
 * | | as published |
 * | --- | --- |
 * | AT-AWP | γ 0.01 from the first epoch on, around PGD-AT that attacks in training mode |
 * | TRADES-AWP | γ 0.005 from epoch 10 on, around TRADES with β 6 |
 *
 * Cost of a step beyond the method's: its training passes, forward and backward, once more; before
 * `fromEpoch`, and with γ 0, nothing.
 *
 * @param base - Any method. Around {@link freeAt} one perturbation serves all replays of a batch.
 * @param options - See {@link AwpOptions}.
 * @returns The method with that update rule.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Wu, Xia & Wang 2020, Adversarial Weight Perturbation Helps Robust Generalization, Eq. (7) to
 *   (10) and Algorithm 1, and its code. The rate of its proxy optimizer has no effect.
 * @example
 * ```ts
 * import {awp, tradesTraining} from 'lt-robust';
 *
 * const method = awp(tradesTraining({beta: 6}), {gamma: 0.005, fromEpoch: 10});
 * ```
 */
export function awp<I extends tf.Tensor>(
  base: TrainingMethod<I>,
  options: AwpOptions = {},
): TrainingMethod<I> {
  checkMethod(WHERE, 'base', base);
  const {gamma, fromEpoch, scaling} = withDefaults(WHERE, DEFAULTS, options);
  checkNumber(WHERE, 'gamma', gamma, {min: 0});
  checkNumber(WHERE, 'fromEpoch', fromEpoch, {min: 1, integer: true});
  checkOneOf(WHERE, 'scaling', scaling, SCALINGS);
  if (gamma === 0) return base;
  const directionsOf = scaling === 'layerwise' ? layerwise : global;
  const method = withUpdateRule(base, (inner) => (update) => {
    if (update.epoch < fromEpoch) return inner(update);
    return perturbed(inner, update, (gradients) => directionsOf(update, gradients, gamma));
  });
  return withIdentity(method, {name: WHERE, base, gamma, fromEpoch, scaling});
}

/** What is added to the variables of these names. */
type Perturbation = tf.NamedTensorMap;

function perturbed(
  inner: UpdateRule,
  update: Update,
  perturbationOf: (gradients: tf.NamedTensorMap) => Perturbation,
): tf.Scalar {
  return tf.tidy(() => {
    const perturbation = tf.tidy(() => perturbationOf(gradientsAt(update)));
    const moved = update.variables.filter(({name}) => perturbation[name] !== undefined);
    const weights = moved.map((variable) => tf.clone(variable)); // a clone shares the values
    const shift = (by: typeof tf.add | typeof tf.sub) => {
      for (const variable of moved) {
        variable.assign(by(variable, perturbation[variable.name] as tf.Tensor));
      }
    };
    try {
      shift(tf.add);
      const value = inner(update);
      shift(tf.sub);
      return value;
    } catch (error) {
      moved.forEach((variable, i) => variable.assign(at(weights, i)));
      throw error;
    }
  });
}

// The gradients of the loss as it stands; the running statistics stay as they are.
function gradientsAt({loss, variables, statistics}: Update): tf.NamedTensorMap {
  const before = statistics.map((variable) => tf.clone(variable));
  try {
    return tf.variableGrads(loss, [...variables]).grads;
  } finally {
    statistics.forEach((variable, i) => variable.assign(at(before, i)));
  }
}

// γ ‖w‖ g / ‖g‖ for every kernel; nothing for biases and batch norm.
function layerwise({variables}: Update, gradients: tf.NamedTensorMap, gamma: number): Perturbation {
  const kernels = withGradients(variables, gradients).filter(([{rank}]) => rank > 1);
  return Object.fromEntries(
    kernels.map(([variable, gradient]) => [
      variable.name,
      tf.mul(gradient, lengthRatio([variable], [gradient], gamma)),
    ]),
  );
}

// The same with the norms of all variables together.
function global({variables}: Update, gradients: tf.NamedTensorMap, gamma: number): Perturbation {
  const pairs = withGradients(variables, gradients);
  const ratio = lengthRatio(
    pairs.map(([variable]) => variable),
    pairs.map(([, gradient]) => gradient),
    gamma,
  );
  return Object.fromEntries(
    pairs.map(([variable, gradient]) => [variable.name, tf.mul(gradient, ratio)]),
  );
}

const withGradients = (variables: readonly tf.Variable[], gradients: tf.NamedTensorMap) =>
  variables.flatMap((variable) => {
    const gradient = gradients[variable.name];
    return gradient ? [[variable, gradient] as const] : [];
  });

// γ ‖w‖ / ‖g‖, of all tensors together.
const lengthRatio = (
  weights: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  gamma: number,
): tf.Tensor => tf.div(tf.mul(gamma, normOf(weights)), tf.add(normOf(gradients), GUARD));

const normOf = (tensors: readonly tf.Tensor[]): tf.Tensor =>
  tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor)))));
