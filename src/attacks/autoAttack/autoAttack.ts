import * as tf from '@tensorflow/tfjs-core';

import {checkRng} from '../../core/checks/checkRng';
import {checkFeatureThreat} from '../../core/featureThreat';
import {isList} from '../../core/checks/checkNumbers';
import {checkNumber} from '../../core/checks/checkNumber';
import {describeValue} from '../../core/describeValue';
import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkBatch, checkCount} from '../../core/checks/checkTensors';
import {asClassifier, type Model} from '../../core/classifier';
import type {CheckpointStore} from '../../core/checkpoint';
import {InvalidArgumentError} from '../../core/errors';
import type {DataFormat} from '../../core/layers/imageLayout';
import {type Defaults, type Unset, withDefaults} from '../../core/options';
import {checkStore} from '../../core/savedRun';
import type {FeatureThreatModel} from '../../core/featureThreat';
import {
  type AutoAttackVersion,
  checkComponents,
  type ComponentName,
  componentsOf,
  type CustomComponent,
  VERSIONS,
} from './components';
import {checkImages, refuseL2Features} from '../square/images';
import {evaluateEnsemble} from './evaluateEnsemble';
import type {AutoAttackReport} from './report';
import {
  checkFlags,
  checkVerdictSettings,
  VERDICT_DEFAULTS,
  type VerdictOptions,
} from '../search/verdictOptions';
import {whileKept} from '../../core/checks/checkKept';

const WHERE = 'autoAttack';

/** Options of {@link autoAttack}. */
export interface AutoAttackOptions<I extends tf.Tensor = tf.Tensor4D> extends VerdictOptions {
  /**
   * Largest norm of a perturbation, in the units of `x`; one value, one per example, or one per feature.
   * Always needed: a result means nothing without it. 8/255 (L∞) and 0.5 (L2) are usual on CIFAR.
   */
  readonly epsilon: FeatureThreatModel['epsilon'];
  /**
   * Which ensemble. `standard`: APGD-CE, APGD-T, FAB-T, Square. `plus`: these with restarts, and
   * FAB and APGD-DLR. `rand`: for models whose answers are random. `fast`: APGD-CE and APGD-T, an
   * upper bound of the standard one, never to be reported under its name.
   * @defaultValue undefined, standard, or custom with attacks
   */
  readonly version?: AutoAttackVersion | undefined;
  /**
   * The components, in their order, in place of a version's: names, or `{name, attack}` for one of your
   * own. @defaultValue undefined, those of version
   */
  readonly attacks?: readonly (ComponentName | CustomComponent<I>)[] | undefined;
  /** Examples attacked at a time. It changes memory and speed, not results. @defaultValue 100 */
  readonly batchSize?: number | undefined;
  /** Steps of APGD and FAB. @defaultValue 100 */
  readonly steps?: number | undefined;
  /** Queries of Square. @defaultValue 5000 */
  readonly queries?: number | undefined;
  /**
   * Where the channels of images lie, for Square; see {@link SquareOptions}. @defaultValue undefined,
   * as the layers of the model say, else channels last
   */
  readonly dataFormat?: DataFormat | undefined;
  /** Wrong classes that APGD-T and FAB-T try, the most likely first; at most all. @defaultValue 9 */
  readonly numTargets?: number | undefined;
  /** Restarts of every component. @defaultValue undefined, the version's: 5 in components of plus, else 1 */
  readonly restarts?: number | undefined;
  /** Gradients that APGD averages per step. @defaultValue undefined, 20 in rand, else 1 */
  readonly gradientSamples?: number | undefined;
  /**
   * Whether to spend passes on checks for what makes a result doubtful: 4 or 5 forward passes and
   * PGD-20 twice, on the first 100 examples. Warnings that cost no pass are given anyway.
   * @defaultValue true
   */
  readonly diagnostics?: boolean | undefined;
  /** Whether the report comes with the adversarial batch. @defaultValue false */
  readonly adversarial?: boolean | undefined;
  /** Saves the state after every batch and goes on from it; it is plain JSON. @defaultValue undefined */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Key of this evaluation in `checkpoints`. @defaultValue 'autoAttack' */
  readonly checkpointKey?: string | undefined;
}

type NoDefault =
  | Unset<typeof VERDICT_DEFAULTS>
  | 'epsilon'
  | 'version'
  | 'attacks'
  | 'dataFormat'
  | 'restarts'
  | 'gradientSamples'
  | 'checkpoints';

type Settings<I extends tf.Tensor> = Defaults<AutoAttackOptions<I>, NoDefault>;

const DEFAULTS: Settings<never> & {readonly attacks: undefined} = {
  ...VERDICT_DEFAULTS,
  epsilon: undefined, // required: checked below
  version: undefined,
  attacks: undefined,
  batchSize: 100,
  steps: 100,
  queries: 5000,
  dataFormat: undefined,
  numTargets: 9,
  restarts: undefined,
  gradientSamples: undefined,
  diagnostics: true,
  adversarial: false,
  checkpoints: undefined,
  checkpointKey: 'autoAttack',
};

const NAMED: readonly AutoAttackVersion[] = ['standard', 'plus', 'rand', 'fast', 'custom'];

/** An {@link AutoAttackReport} with the batch that it is about. */
export interface AutoAttackResult<I extends tf.Tensor = tf.Tensor4D> {
  /** Plain data. */
  readonly report: AutoAttackReport;
  /** Shape of `x`; the clean input where nothing broke it. The caller disposes it. */
  readonly adversarial: I;
}

/**
 * AutoAttack: four attacks without a parameter to tune, one after the other, each on the examples
 * that those before it could not break; what is left is the robust accuracy to report. Verdicts are
 * those of the official code. The search of an example ends at the first point that breaks it, and
 * every point is verified by a fresh forward pass inside ball and range.
 *
 * Cost of an example that survives the standard version: 7,812 forward and 1,900 backward passes;
 * `estimateCost` says how long that takes. With `checkpoints` an evaluation that was stopped goes
 * on where it was, and gives the same report as an uninterrupted one. Randomness is keyed by
 * `exampleIds`, so that results depend neither on the batch size nor on the order or choice of the
 * examples.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[examples, ...]` float32 clean inputs inside `clip`, all of them: they are cut into
 *   batches inside. Square needs images `[examples, height, width, channels]`; without it any rank
 *   will do.
 * @param labels - `[examples]` int32 true classes.
 * @param options - See {@link AutoAttackOptions}; `epsilon` and `rng` are needed. `onProgress` has
 *   the component at work as phase, its batches, and the accuracies so far.
 * @returns The report; with `adversarial: true` the report and the batch.
 * @throws {@link InvalidArgumentError} if there is no example, shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the clean logits are not finite, an option is out of range, or a checkpoint
 *   belongs to another evaluation. What the model throws and the reason of `signal` reject the call
 *   as they are; what was saved can still be resumed.
 * @see Croce & Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
 *   Parameter-free Attacks.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {autoAttack, createRng} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[4, -4], [-4, 4]]));
 * const x = tf.tensor2d([[0.9, 0.1], [0.52, 0.48], [0.2, 0.4]]);
 * const report = await autoAttack(model, x, tf.tensor1d([0, 0, 0], 'int32'), {
 *   epsilon: 0.1,
 *   attacks: ['apgd-ce', 'fab-t'],
 *   rng: createRng(7),
 * });
 * report.samples.map(({verdict}) => verdict); // => ['robust', 'broken', 'misclassified']
 * ```
 */
export function autoAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: AutoAttackOptions<I> & {readonly adversarial: true},
): Promise<AutoAttackResult<I>>;
export function autoAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: AutoAttackOptions<I> & {readonly adversarial?: false | undefined},
): Promise<AutoAttackReport>;
export async function autoAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: AutoAttackOptions<I>,
): Promise<AutoAttackReport | AutoAttackResult<I>> {
  const settings = ensembleSettings<I>(WHERE, x, labels, options, model);
  const classifier = asClassifier(model, WHERE);
  const {report, adversarial} = await whileKept(WHERE, {x, labels}, () =>
    evaluateEnsemble(classifier, x, labels, settings),
  );
  return adversarial === undefined ? report : {report, adversarial};
}

// Options for runs on batches that come one by one; each says which examples it holds.
const {exampleIds, adversarial, checkpoints, checkpointKey, ...BATCH_DEFAULTS} = DEFAULTS;

/**
 * Throws unless the options of a run on batches fit each other, as far as that can be told without
 * a batch.
 *
 * @internal
 */
export function checkEvaluationOptions<I extends tf.Tensor>(
  where: string,
  options: Omit<AutoAttackOptions<I>, keyof typeof WITH_A_BATCH>,
): void {
  const filled = withDefaults<Omit<Settings<I>, keyof typeof WITH_A_BATCH>>(
    where,
    BATCH_DEFAULTS,
    options,
  );
  const {epsilon} = filled;
  const isByFeature = isList(epsilon) || epsilon instanceof tf.Tensor;
  if (!isByFeature) {
    checkNumber(where, 'epsilon', epsilon, {min: 0}, 'Pass the radius of your threat model.');
    const {norm, clip} = filled;
    const isRange = clip === null || clip.every((end) => typeof end === 'number');
    if (isRange) checkFeatureThreat(where, {norm, epsilon, clip}, [1, 1]);
  }
  checkOptions(where, {...filled, ...WITH_A_BATCH, epsilon: epsilon ?? 0}, undefined);
}

const WITH_A_BATCH = {exampleIds, adversarial, checkpoints, checkpointKey};

/** The components of a run, as far as they can be told without a batch. */
function checkOptions<I extends tf.Tensor>(
  where: string,
  settings: Settings<I> & {readonly epsilon: FeatureThreatModel['epsilon']},
  shape: readonly number[] | undefined,
): {
  readonly version: AutoAttackVersion;
  readonly list: readonly (ComponentName | CustomComponent<I>)[];
} {
  const {attacks} = settings;
  const version = settings.version ?? (attacks === undefined ? 'standard' : 'custom');
  checkOneOf(where, 'version', version, NAMED);
  if ((version === 'custom') !== (attacks !== undefined)) {
    throw new InvalidArgumentError({
      where,
      argument: 'attacks',
      expected: "be given with version 'custom', and only with it",
      found: `version '${version}'`,
      remedy: 'Leave one of the two out.',
    });
  }
  checkVerdictSettings(where, settings, shape);
  for (const name of ['batchSize', 'steps', 'queries', 'numTargets'] as const) {
    checkCount(where, name, settings[name]);
  }
  for (const name of ['restarts', 'gradientSamples'] as const) {
    const value = settings[name];
    if (value !== undefined) checkNumber(where, name, value, {min: 1, integer: true});
  }
  checkFlags(where, ['diagnostics', 'adversarial'], settings);
  checkStore(where, settings.checkpoints);
  const list = attacks ?? VERSIONS[version === 'custom' ? 'standard' : version];
  checkComponents(where, list);
  return {version, list};
}

/**
 * The options of a run, checked and filled in.
 *
 * @internal
 */
export function ensembleSettings<I extends tf.Tensor>(
  where: string,
  x: I,
  labels: tf.Tensor1D,
  options: AutoAttackOptions<I>,
  model?: Model<I>,
) {
  const filled = withDefaults<Settings<I>>(where, DEFAULTS, options);
  const {epsilon, rng} = filled;
  if (epsilon === undefined)
    throw missing(where, 'epsilon', 'Pass the radius of your threat model.');
  checkRng(where, rng, 'the attacks start at random');
  const settings = {...filled, epsilon, rng};
  checkBatch(where, x, labels);
  const {version, list: members} = checkOptions<I>(where, settings, x.shape);
  if (labels.size === 0) throw missing(where, 'x', 'Pass at least one example.');
  if (x.rank !== 4 && members.includes('square')) {
    throw new InvalidArgumentError({
      where,
      argument: 'x',
      expected: 'be images [examples, height, width, channels], which Square needs',
      found: describeValue(x),
      remedy: withoutSquare(members),
    });
  }
  if (members.includes('square')) refuseL2Features(where, settings, x);
  const dataFormat = members.includes('square')
    ? checkImages(where, x, settings, model)
    : settings.dataFormat;
  const components = componentsOf(version, members, {...settings, dataFormat});
  return {...settings, where, version, dataFormat, components};
}

function withoutSquare<I extends tf.Tensor>(
  members: readonly (ComponentName | CustomComponent<I>)[],
): string {
  const others = members.filter((member) => member !== 'square');
  if (others.length === 0) return 'Use another attack on these: apgdAttack, fabAttack.';
  const names = others.map((other) => (typeof other === 'string' ? `'${other}'` : other.name));
  return `Leave Square out, the others work on any shape: attacks: [${names.join(', ')}].`;
}

const missing = (where: string, argument: string, remedy: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument,
    expected: 'be given',
    found: 'none',
    remedy,
  });
