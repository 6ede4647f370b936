import {at} from '../core/at';
import {checkFunction} from '../core/checks/checkForm';
import {checkNumbers} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults, type Defaults} from '../core/options';

/** A point of a training, for a {@link Schedule}. */
export interface SchedulePosition {
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Optimisation step, counted from 1 over the whole training. */
  readonly step: number;
  /** Steps of one epoch. */
  readonly stepsPerEpoch: number;
}

/**
 * Gives the learning rate of each optimisation step, before the step. It is a pure function, so
 * that it has no state that a resumed training would need.
 */
export type Schedule = (position: SchedulePosition) => number;

/** Options of {@link multiStep}. */
export interface MultiStepOptions {
  /** Learning rate before the first milestone. @defaultValue 0.1 */
  readonly learningRate?: number | undefined;
  /** Epochs at which the rate drops, ascending. */
  readonly milestones: readonly number[];
  /** Factor by which the rate is multiplied at each milestone. @defaultValue 0.1 */
  readonly factor?: number | undefined;
  /**
   * How `milestones` count epochs: from 1, so that the rate drops at the start of the epoch of that
   * number (AT-BSL), or from 0, so that it drops after that many epochs (PyTorch's `MultiStepLR`).
   * @defaultValue 1
   */
  readonly base?: 0 | 1 | undefined;
}

const MULTI_STEP: Defaults<MultiStepOptions, 'milestones'> = {
  learningRate: 0.1,
  milestones: undefined, // required: checked below
  factor: 0.1,
  base: 1,
};

/**
 * A learning rate that drops by a factor at given epochs.
 *
 * @param options - See {@link MultiStepOptions}; `milestones` is required.
 * @returns The schedule.
 * @throws {@link InvalidArgumentError} if milestones do not ascend or a setting is out of range.
 * @see Yue et al. 2024 (AT-BSL), whose code drops at epochs 75 and 90 of 100.
 * @example
 * ```ts
 * import {multiStep} from 'lt-robust';
 *
 * const schedule = multiStep({milestones: [75, 90]});
 * const at = (epoch: number) => schedule({epoch, epochs: 100, step: 1, stepsPerEpoch: 10});
 * at(74); // => 0.1
 * at(75); // => 0.01
 * ```
 */
export function multiStep(options: MultiStepOptions): Schedule {
  const settings = withDefaults('multiStep', MULTI_STEP, options);
  const {learningRate, milestones, factor, base} = settings;
  checkNumber('multiStep', 'learningRate', learningRate, {min: 0});
  checkNumber('multiStep', 'factor', factor, {min: 0});
  checkNumber('multiStep', 'base', base, {min: 0, max: 1, integer: true});
  checkNumbers('multiStep', 'milestones', milestones, {}, 'Pass epoch numbers.');
  const ascends = milestones.every((m, i) => i === 0 || m > at(milestones, i - 1));
  if (!ascends || !milestones.every(Number.isFinite)) {
    throw new InvalidArgumentError({
      where: 'multiStep',
      argument: 'milestones',
      expected: 'be ascending epoch numbers',
      found: `[${milestones.join(', ')}]`,
      remedy: 'Sort them, each once.',
    });
  }
  return ({epoch}) => {
    const passed = milestones.filter((milestone) => epoch - 1 + base >= milestone).length;
    return learningRate * factor ** passed;
  };
}

/** Options of {@link cosine}. */
export interface CosineOptions {
  /** Learning rate of the first step. @defaultValue 0.1 */
  readonly learningRate?: number | undefined;
  /** Learning rate that the curve falls to. @defaultValue 0 */
  readonly finalLearningRate?: number | undefined;
  /** Whether the rate changes at each step or at each epoch. @defaultValue 'step' */
  readonly per?: 'step' | 'epoch' | undefined;
}

const COSINE: Defaults<CosineOptions> = {learningRate: 0.1, finalLearningRate: 0, per: 'step'};

/**
 * A learning rate that falls along half a cosine; `finalLearningRate` would follow the last step.
 *
 * @param options - See {@link CosineOptions}.
 * @returns The schedule.
 * @throws {@link InvalidArgumentError} if a rate is negative.
 * @see Loshchilov & Hutter 2017, SGDR, Eq. (5); PyTorch's `CosineAnnealingLR`.
 * @example
 * ```ts
 * import {cosine} from 'lt-robust';
 *
 * const schedule = cosine({learningRate: 0.1});
 * schedule({epoch: 6, epochs: 10, step: 51, stepsPerEpoch: 10}); // => 0.05
 * ```
 */
export function cosine(options: CosineOptions = {}): Schedule {
  const {learningRate, finalLearningRate, per} = withDefaults('cosine', COSINE, options);
  checkNumber('cosine', 'learningRate', learningRate, {min: 0});
  checkNumber('cosine', 'finalLearningRate', finalLearningRate, {min: 0});
  checkOneOf('cosine', 'per', per, ['step', 'epoch']);
  return ({epoch, epochs, step, stepsPerEpoch}) => {
    const done = per === 'step' ? (step - 1) / (epochs * stepsPerEpoch) : (epoch - 1) / epochs;
    return anneal(learningRate, finalLearningRate, done, 'cosine');
  };
}

type Curve = 'cosine' | 'linear';

// A step past the end, where epochs differ in length, stays at the end.
function anneal(from: number, to: number, position: number, curve: Curve): number {
  const share = Math.min(1, position);
  return curve === 'cosine'
    ? to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2
    : from + (to - from) * share;
}

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** Highest learning rate. @defaultValue 0.1 */
  readonly maxLearningRate?: number | undefined;
  /** Fraction of the steps in which the rate rises. @defaultValue 0.3 */
  readonly warmupFraction?: number | undefined;
  /** The highest rate divided by the first. @defaultValue 25 */
  readonly divFactor?: number | undefined;
  /** The first rate divided by the last. @defaultValue 1e4 */
  readonly finalDivFactor?: number | undefined;
  /** Shape of rise and fall. @defaultValue 'cosine' */
  readonly curve?: 'cosine' | 'linear' | undefined;
  /**
   * Whether the rate falls back to the first as fast as it rose, and then to the last.
   * @defaultValue false
   */
  readonly threePhase?: boolean | undefined;
}

const ONE_CYCLE: Defaults<OneCycleOptions> = {
  maxLearningRate: 0.1,
  warmupFraction: 0.3,
  divFactor: 25,
  finalDivFactor: 1e4,
  curve: 'cosine',
  threePhase: false,
};

/**
 * One cycle: the learning rate rises from a small one to the highest and falls to almost nothing.
 * The momentum is left alone (PyTorch cycles it by default).
 *
 * @param options - See {@link OneCycleOptions}.
 * @returns The schedule.
 * @throws {@link InvalidArgumentError} if a setting is out of range.
 * @see Smith & Topin 2018, Super-Convergence; PyTorch's `OneCycleLR`, whose steps it matches.
 * @example
 * ```ts
 * import {oneCycle} from 'lt-robust';
 *
 * const schedule = oneCycle({maxLearningRate: 0.4});
 * schedule({epoch: 1, epochs: 2, step: 1, stepsPerEpoch: 10}); // => 0.016
 * schedule({epoch: 1, epochs: 2, step: 6, stepsPerEpoch: 10}); // => 0.4
 * ```
 */
export function oneCycle(options: OneCycleOptions = {}): Schedule {
  const settings = withDefaults('oneCycle', ONE_CYCLE, options);
  const {maxLearningRate: max, warmupFraction, divFactor, finalDivFactor, curve} = settings;
  checkNumber('oneCycle', 'maxLearningRate', max, {min: 0});
  checkNumber('oneCycle', 'warmupFraction', warmupFraction, {min: 0, max: 1});
  checkNumber('oneCycle', 'divFactor', divFactor, {above: 0});
  checkNumber('oneCycle', 'finalDivFactor', finalDivFactor, {above: 0});
  checkOneOf('oneCycle', 'curve', curve, ['cosine', 'linear']);
  const first = max / divFactor;
  const last = first / finalDivFactor;
  return ({epochs, step, stepsPerEpoch}) => {
    const total = epochs * stepsPerEpoch;
    const peak = warmupFraction * total - 1; // steps from 0, as in PyTorch
    const knots = settings.threePhase
      ? [
          [0, first],
          [peak, max],
          [2 * peak, first],
          [total - 1, last],
        ]
      : [
          [0, first],
          [peak, max],
          [total - 1, last],
        ];
    const position = step - 1;
    const next = knots.findIndex(([end], i) => i > 0 && position <= (end as number));
    const i = next < 0 ? knots.length - 1 : next;
    const [start, low] = knots[i - 1] as [number, number];
    const [end, high] = knots[i] as [number, number];
    return anneal(low, high, end === start ? 1 : (position - start) / (end - start), curve);
  };
}

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** Epochs in which the rate rises to that of the schedule; may be fractional. */
  readonly epochs: number;
  /** Fraction of the schedule's rate at the first step. @defaultValue 1/3 */
  readonly startFactor?: number | undefined;
}

const WARMUP: Defaults<WarmupOptions> = {epochs: NaN, startFactor: 1 / 3}; // epochs is required: checked below

/**
 * Puts a linear warm-up before a schedule: its rate is multiplied by a factor that rises from
 * `startFactor` to 1.
 *
 * @param schedule - The schedule that the warm-up leads into.
 * @param options - See {@link WarmupOptions}; `epochs` is required.
 * @returns The schedule.
 * @throws {@link InvalidArgumentError} if a setting is out of range.
 * @see Goyal et al. 2017, Accurate, Large Minibatch SGD, Sec. 2.2; PyTorch's `LinearLR`.
 * @example
 * ```ts
 * import {warmup} from 'lt-robust';
 *
 * const schedule = warmup(() => 0.1, {epochs: 1, startFactor: 0});
 * schedule({epoch: 1, epochs: 5, step: 6, stepsPerEpoch: 10}); // => 0.05
 * ```
 */
export function warmup(schedule: Schedule, options: WarmupOptions): Schedule {
  checkFunction('warmup', 'schedule', schedule, 'Pass one such as cosine().');
  const {epochs, startFactor} = withDefaults('warmup', WARMUP, options);
  checkNumber('warmup', 'epochs', epochs, {above: 0});
  checkNumber('warmup', 'startFactor', startFactor, {min: 0, max: 1});
  return (position) => {
    const share = Math.min(1, (position.step - 1) / (epochs * position.stepsPerEpoch));
    return schedule(position) * (startFactor + (1 - startFactor) * share);
  };
}
