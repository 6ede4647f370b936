import type * as tf from '@tensorflow/tfjs-core';

import {restartedPgdAttack} from '../attacks/restartedPgdAttack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkCount} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {RunControl} from '../core/progress';
import {checkThreat, DEFAULT_THREAT, type Norm, type ThreatModel} from '../core/threatModel';
import type {TailDemand} from './robustnessClaims';
import type {ThreatAttack} from './threatAttack';

/** Options of {@link judgeRobustness}, `assertRobust` and `toBeRobust`. */
export interface RobustnessTestOptions<I extends tf.Tensor = tf.Tensor4D> extends RunControl {
  /**
   * The attack. Whatever is shown holds against this attack only.
   * @defaultValue undefined: `restartedPgdAttack` on the margin loss, one start of 20 steps
   */
  readonly attack?: ThreatAttack<I> | undefined;
  /** Norm of the perturbations. @defaultValue 'linf' */
  readonly norm?: Norm | undefined;
  /** Largest norm of a perturbation, in the units of `x`. @defaultValue 8/255 */
  readonly epsilon?: number | undefined;
  /** Valid range of `x`, or `null` for none. @defaultValue [0, 1] */
  readonly clip?: ThreatModel['clip'] | undefined;
  /** Robust accuracy asked for over all examples, a fraction. @defaultValue undefined */
  readonly atLeast?: number | undefined;
  /**
   * Robust accuracy asked for of every class, or of single classes by their number.
   * @defaultValue undefined
   */
  readonly perClass?: number | Readonly<Record<number, number>> | undefined;
  /** Robust accuracy asked for of the tail, all its examples together. @defaultValue undefined */
  readonly tail?: TailDemand | undefined;
  /** Confidence of the decision, strictly between 0 and 1. @defaultValue 0.95 */
  readonly confidence?: number | undefined;
  /**
   * What an undecided test counts as: with `'fail'` a model passes only if it is shown to be robust
   * enough, with `'pass'` it fails only if it is shown not to be.
   * @defaultValue 'fail'
   */
  readonly undecided?: 'fail' | 'pass' | undefined;
  /** Largest number of examples to draw at random. @defaultValue undefined, all */
  readonly examples?: number | undefined;
  /** Decides the order of the examples and the randomness of the attack. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** Examples attacked at a time. It changes memory and speed only. @defaultValue 50 */
  readonly batchSize?: number | undefined;
  /**
   * Milliseconds after which no further batch is begun. What was evaluated until then is a random
   * sample, since the order is random, and is judged. @defaultValue 60_000
   */
  readonly timeLimitMs?: number | undefined;
  /** How many counterexamples to find and to shrink where a model fails. @defaultValue 1 */
  readonly counterexamples?: number | undefined;
  /** Names of the classes, for messages. @defaultValue undefined, their numbers */
  readonly classNames?: readonly string[] | undefined;
  /** Node only: folder that counterexamples are written to as PNG. @defaultValue undefined, none */
  readonly folder?: string | undefined;
}

type Optional =
  | 'attack'
  | 'atLeast'
  | 'perClass'
  | 'tail'
  | 'examples'
  | 'classNames'
  | 'folder'
  | 'signal'
  | 'onProgress';

const defaultsFor = <I extends tf.Tensor>(): RobustnessTestSettings<I> => ({
  ...DEFAULT_THREAT,
  attack: undefined,
  epsilon: 8 / 255,
  atLeast: undefined,
  perClass: undefined,
  tail: undefined,
  confidence: 0.95,
  undecided: 'fail',
  examples: undefined,
  seed: 1,
  batchSize: 50,
  timeLimitMs: 60_000,
  counterexamples: 1,
  classNames: undefined,
  folder: undefined,
  signal: undefined,
  onProgress: undefined,
});

/** {@link RobustnessTestOptions} with the defaults filled in. */
export type RobustnessTestSettings<I extends tf.Tensor> = Defaults<
  RobustnessTestOptions<I>,
  Optional
>;

/** The attack to test with: the given one, or one start of 20 steps on the margin loss. */
export const attackOf = <I extends tf.Tensor>({
  attack,
}: Pick<RobustnessTestSettings<I>, 'attack'>): ThreatAttack<I> =>
  attack ??
  ((model, x, labels, threat) =>
    restartedPgdAttack(model, x, labels, {...threat, restarts: 1, steps: 20}));

/** The options with their defaults; throws where one is out of range. */
export function robustnessTestSettings<I extends tf.Tensor>(
  where: string,
  options: RobustnessTestOptions<I>,
): RobustnessTestSettings<I> {
  const settings = withDefaults(where, defaultsFor<I>(), options);
  const {confidence, examples, batchSize, timeLimitMs, counterexamples, undecided} = settings;
  checkThreat(where, settings, 1);
  checkNumber(where, 'epsilon', settings.epsilon, {min: 0});
  checkNumber(where, 'confidence', confidence, {above: 0, max: 1 - 1e-12});
  if (examples !== undefined) checkCount(where, 'examples', examples);
  checkCount(where, 'batchSize', batchSize);
  checkNumber(where, 'timeLimitMs', timeLimitMs, {above: 0});
  checkNumber(where, 'counterexamples', counterexamples, {min: 0, integer: true});
  if (undecided === 'fail' || undecided === 'pass') return settings;
  throw new InvalidArgumentError({
    where,
    argument: 'undecided',
    expected: "be 'fail' or 'pass'",
    found: describeValue(undecided),
    remedy: 'Leave it out for the default.',
  });
}
