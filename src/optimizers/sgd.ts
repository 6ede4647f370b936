import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults, type Defaults} from '../core/options';
import {SGD_STEP, type SgdStep} from '../core/sgdStep';

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Step length; `setLearningRate` changes it. At least 0. */
  readonly learningRate: number;
  /** Share of the last update direction that is kept, μ in `[0, 1)` as a rule. @defaultValue 0 */
  readonly momentum?: number | undefined;
  /**
   * Whether to look ahead by one momentum step; needs `momentum` and no `dampening`.
   * @defaultValue false
   */
  readonly nesterov?: boolean | undefined;
  /** λ: adds λw to the gradient of every variable, biases and batch norm included. @defaultValue 0 */
  readonly weightDecay?: number | undefined;
  /** Share of the gradient that does not enter the momentum. @defaultValue 0 */
  readonly dampening?: number | undefined;
}

const DEFAULTS: Defaults<SgdOptions> = {
  learningRate: NaN, // required: checked below
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
  dampening: 0,
};

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];
type NamedTensors = Parameters<tf.Optimizer['setWeights']>[0];

interface Slot {
  // Unknown between setWeights and the variable's next gradient.
  variable: tf.Variable | undefined;
  readonly velocity: tf.Variable;
}

// Where registerGradientKernels() has been called on wasm.
const canFuse = ({dtype, shape}: tf.Tensor, gradient: tf.Tensor): boolean =>
  hasKernel(SGD_STEP) &&
  dtype === 'float32' &&
  gradient.dtype === 'float32' &&
  tf.util.arraysEqual(shape, gradient.shape);

const hasKernel = (name: string): boolean =>
  (tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;

const SUFFIX = '/momentum';
const CLASS_NAME = 'LtRobustSgd';

/**
 * Stochastic gradient descent with momentum, Nesterov momentum and weight decay, as PyTorch's
 * `torch.optim.SGD` defines them; made by {@link sgd}. A `tf.Optimizer`: also for `model.compile`.
 */
export class SgdOptimizer extends tf.Optimizer {
  private readonly settings: Defaults<SgdOptions>;
  private rate: number;
  private readonly slots = new Map<string, Slot>();

  /** Name in tfjs's serialization. */
  static get className(): string {
    return CLASS_NAME; // a getter, as in tfjs: a static field would keep the class in a bundle
  }

  /** As {@link sgd}. */
  constructor(options: SgdOptions) {
    super();
    const settings = withDefaults('sgd', DEFAULTS, options);
    const {learningRate, momentum, nesterov, weightDecay, dampening} = settings;
    checkNumber('sgd', 'learningRate', learningRate, {min: 0});
    checkNumber('sgd', 'momentum', momentum, {min: 0});
    checkNumber('sgd', 'weightDecay', weightDecay, {min: 0});
    checkNumber('sgd', 'dampening', dampening);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new InvalidArgumentError({
        where: 'sgd',
        argument: 'nesterov',
        expected: 'go with a momentum above 0 and a dampening of 0',
        found: `momentum ${momentum} and dampening ${dampening}`,
        remedy: 'Set momentum, 0.9 as a rule, and leave dampening out.',
      });
    }
    this.settings = settings;
    this.rate = learningRate;
  }

  /** The current learning rate. */
  get learningRate(): number {
    return this.rate;
  }

  /** Changes the learning rate from the next step on; the momentum stays as it is. */
  setLearningRate(learningRate: number): void {
    checkNumber('setLearningRate', 'learningRate', learningRate, {min: 0});
    this.rate = learningRate;
  }

  /** Updates the named variables. One without a gradient is left alone: no decay, no momentum. */
  override applyGradients(gradients: Gradients): void {
    const entries: [string, tf.Tensor | null | undefined][] = Array.isArray(gradients)
      ? gradients.map(({name, tensor}) => [name, tensor])
      : Object.entries(gradients);
    for (const [name, gradient] of entries) {
      if (gradient !== null && gradient !== undefined) this.update(name, gradient);
    }
    this.incrementIterations();
  }

  private update(name: string, gradient: tf.Tensor): void {
    const variable = tf.engine().registeredVariables[name];
    if (variable === undefined) {
      throw new InvalidArgumentError({
        where: 'SgdOptimizer.applyGradients',
        argument: 'gradients',
        expected: 'name variables that exist',
        found: `"${name}"`,
        remedy: 'Create a new optimizer after the model was disposed.',
      });
    }
    tf.tidy(() => {
      const {momentum} = this.settings;
      const velocity = momentum === 0 ? undefined : this.velocityOf(name, variable);
      const stepped = this.step(variable, gradient, velocity);
      const v = stepped[1];
      variable.assign(at(stepped, 0));
      if (v === undefined) return;
      if (velocity) velocity.assign(v);
      else this.slots.set(name, {variable, velocity: tf.variable(v, false)});
    });
  }

  // What there is of this variable; a name may come back for another once the first is disposed.
  private velocityOf(name: string, variable: tf.Variable): tf.Variable | undefined {
    const slot = this.slots.get(name);
    if (slot === undefined || (slot.variable ?? variable) !== variable) {
      slot?.velocity.dispose();
      this.slots.delete(name);
      return undefined;
    }
    slot.variable = variable;
    return slot.velocity;
  }

  // The moved variable and, with momentum, v ← μv + (1 − dampening) g; the first v is g itself.
  private step(
    variable: tf.Variable,
    gradient: tf.Tensor,
    velocity: tf.Variable | undefined,
  ): tf.Tensor[] {
    const {momentum, nesterov, weightDecay, dampening} = this.settings;
    const share = 1 - dampening;
    if (canFuse(variable, gradient)) {
      const attrs: SgdStep = {rate: this.rate, weightDecay, momentum, share, nesterov};
      const inputs = velocity ? {variable, gradient, velocity} : {variable, gradient};
      return tf.engine().runKernel(SGD_STEP, inputs, {...attrs});
    }
    const g = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(weightDecay, variable));
    const v = velocity ? tf.add(tf.mul(momentum, velocity), tf.mul(share, g)) : g;
    const direction = nesterov ? tf.add(g, tf.mul(momentum, v)) : v;
    const moved = tf.sub(variable, tf.mul(this.rate, direction));
    return momentum === 0 ? [moved] : [moved, v];
  }

  /** Step count and momentum, the latter named after its variable; the optimizer keeps owning it. */
  override async getWeights(): Promise<NamedTensors> {
    const slots = [...this.slots].map(([name, {velocity}]) => ({
      name: name + SUFFIX,
      tensor: velocity,
    }));
    return [await this.saveIterations(), ...slots];
  }

  /** Puts back what `getWeights` returned; copies the values. */
  override async setWeights(weights: NamedTensors): Promise<void> {
    // The first is the step count. All are checked before anything changes.
    const wrong = weights.slice(1).find(({name}) => !name.endsWith(SUFFIX));
    if (wrong !== undefined) {
      throw new InvalidArgumentError({
        where: 'SgdOptimizer.setWeights',
        argument: 'weights',
        expected: `be named after their variable, with "${SUFFIX}" at the end`,
        found: `"${wrong.name}"`,
        remedy: 'Pass on what getWeights() of an sgd optimizer returned.',
      });
    }
    const slots = await this.extractIterations(weights);
    const restored = slots.map(
      ({name, tensor}) => [name.slice(0, -SUFFIX.length), tf.variable(tensor, false)] as const,
    );
    this.dispose();
    for (const [name, velocity] of restored) this.slots.set(name, {variable: undefined, velocity});
  }

  /** The options, with the current learning rate. */
  override getConfig(): tf.serialization.ConfigDict {
    return {...this.settings, learningRate: this.rate};
  }

  /** Forgets the momentum and frees its memory. */
  override dispose(): void {
    for (const {velocity} of this.slots.values()) velocity.dispose();
    this.slots.clear();
  }
}

/**
 * Stochastic gradient descent as adversarial training uses it: momentum, Nesterov momentum and
 * weight decay with PyTorch's semantics. `g ← ∇L + λw; v ← μv + g; w ← w − ηv`, with `w ← w − η(g +
 * μv)` for Nesterov. (`tf.train.momentum` has no weight decay, and tf.layers applies regularisers
 * in `fit` only.) A change of the learning rate leaves `v` as it is.
 *
 * @param options - See {@link SgdOptions}; the learning rate is required.
 * @returns A `tf.Optimizer`; `dispose` it to free its momentum, one tensor per variable.
 * @throws {@link InvalidArgumentError} if a setting is out of range, or `nesterov` without momentum.
 * @see PyTorch 2.13, torch.optim.SGD (its golden trace is among the tests); Sutskever et al. 2013.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {sgd} from 'lt-robust';
 *
 * const w = tf.variable(tf.scalar(1));
 * const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
 * optimizer.minimize(() => tf.mul(w, 0.5) as tf.Scalar);
 * w.dataSync(); // => [0.94995]
 * ```
 */
export function sgd(options: SgdOptions): SgdOptimizer {
  return new SgdOptimizer(options);
}
