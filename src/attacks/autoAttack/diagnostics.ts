import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackWarning} from '../../core/attackResult';
import {forExamples} from '../../core/byExample';
import type {Classifier} from '../../core/classifier';
import {NON_FINITE_GRADIENT_ADVICE, ZERO_GRADIENT_ADVICE} from '../../core/gradientTallies';
import type {Loss} from '../../core/loss';
import {disposeAfter} from '../../core/memory';
import type {Rng} from '../../core/rng';
import {epsilonAt, type ThreatModel} from '../../core/threatModel';
import {crossEntropy} from '../../losses/crossEntropy';
import {startInBall} from '../../math/ball';
import {inputGradient} from '../../math/inputGradient';
import {logitsAt} from '../../math/logitsAt';
import {projectedAscent} from '../apgd/projectedAscent';
import {predictedClass, rowOf} from '../search/logits';

/** What an {@link AttackWarning} of an evaluation is about. */
export type WarningCode =
  | 'probabilities'
  | 'randomized'
  | 'batch-dependent'
  | 'test-time-optimization'
  | 'zero-gradient'
  | 'non-finite-gradient'
  | 'black-box-stronger'
  | 'logit-scale'
  | 'non-finite-logits'
  | 'unconfirmed'
  | 'half-float'
  | 'few-examples'
  | 'dlr-variant';

// That of few-examples is in core/tallyWarnings.ts: every evaluation gives it.
const ADVICE: Readonly<Record<Exclude<WarningCode, 'few-examples'>, string>> = {
  probabilities:
    'Attack the scores before the softmax: hand over the tf.LayersModel itself, or wrap the model in ' +
    'fromProbabilities.',
  randomized:
    "Switch dropout and noise off, or use version 'rand', which averages gradients over the randomness.",
  'batch-dependent':
    'Run the model in inference mode: batch norm on running statistics, nothing shared by a batch.',
  'test-time-optimization':
    'Attack the model without what it optimises or learns at test time, and adapt an attack to it.',
  'zero-gradient': ZERO_GRADIENT_ADVICE,
  'non-finite-gradient': NON_FINITE_GRADIENT_ADVICE,
  'black-box-stronger':
    'Where more starts find these points as well, give the attacks restarts. What is left speaks ' +
    'against the gradients: look for operations with a wrong or masked one, and adapt the attack.',
  'logit-scale':
    'Report AutoAttack, not PGD on cross-entropy, which this scale of the logits misleads.',
  'non-finite-logits': 'These examples count as broken: look for overflow in the model.',
  unconfirmed: 'The model answered differently the second time: see randomized.',
  'half-float': 'Evaluate on a backend with 32-bit floats; epsilon keeps few bits in 16.',
  'dlr-variant': 'Say so where you report the result: the published loss needs four classes.',
};

/** A warning with the advice that belongs to its code. */
export const warning = (
  code: Exclude<WarningCode, 'few-examples'>,
  message: string,
): AttackWarning => ({
  code,
  message,
  advice: ADVICE[code],
});

/** What the checks before the attacks need. */
export interface Subject<I extends tf.Tensor> {
  readonly model: Classifier<I>;
  /** The first examples, at most 100. */
  readonly x: I;
  readonly labels: readonly number[];
  readonly numClasses: number;
  /** Their logits, from the clean prediction. */
  readonly logits: Float32Array;
  readonly isRand: boolean;
}

/** The findings, and the forward passes they cost per example. */
export interface Findings {
  readonly warnings: AttackWarning[];
  readonly forward: number;
}

const WHERE = 'autoAttack';

const REPEATS = 4; // five with the clean prediction, as in the official check

/**
 * Looks in the outputs of a model for reasons why attacks on it may look weak.
 *
 * @see Croce & Hein 2020; the checks of their code, and more.
 */
export async function inspectModel<I extends tf.Tensor>(subject: Subject<I>): Promise<Findings> {
  const {model, x, labels, numClasses, logits, isRand} = subject;
  const warnings: AttackWarning[] = [];
  const batchSize = labels.length;
  const optimises = watchOptimisation(() => {
    logitsAt(WHERE, model, x).dispose();
  });
  if (optimises !== undefined) warnings.push(warning('test-time-optimization', optimises));

  const again = [];
  for (let i = 1; i < REPEATS; i++) again.push(await logitsOf(model, x));
  const largest = Math.max(...again.map((other) => distance(logits, other, numClasses)));
  const isRandom = !(largest <= 1e-4);
  if (isRandom && !isRand) {
    const counts = [logits, ...again].map((each) => correct(each, labels, numClasses));
    warnings.push(
      warning(
        'randomized',
        `Five predictions of the same ${batchSize} examples differ by up to ` +
          `${largest.toPrecision(3)} of the length of the logits (right: ${counts.join(', ')}).`,
      ),
    );
  }
  if (isRandom || batchSize < 2) return {warnings, forward: REPEATS};
  const [first, second] = [Math.ceil(batchSize / 2), Math.floor(batchSize / 2)];
  const apart = await disposeAfter(async (owns) => {
    const halves = owns(tf.tidy(() => tf.split(x, [first, second], 0))) as I[];
    const own = (from: number, count: number) =>
      forExamples(
        model,
        Int32Array.from({length: count}, (_, i) => from + i),
      );
    const models = [own(0, first), own(first, second)];
    const parts = await Promise.all(halves.map((half, i) => logitsOf(at(models, i), half)));
    return distance(logits, Float32Array.from(parts.flatMap((part) => [...part])), numClasses);
  });
  if (!(apart <= 1e-3)) {
    warnings.push(
      warning(
        'batch-dependent',
        `In batches of half the size the logits differ by ${apart.toPrecision(3)} of their length.`,
      ),
    );
  }
  return {warnings, forward: REPEATS + 1};
}

/** What the clean logits and the backend show, at no cost. */
export function outputWarnings(logits: Float32Array, numClasses: number): AttackWarning[] {
  return [
    ...(areProbabilities(logits, numClasses)
      ? [warning('probabilities', 'Every output lies in [0, 1] and sums to 1.')]
      : []),
    ...(hasHalfFloats()
      ? [warning('half-float', `The backend ${tf.getBackend()} has 16-bit floats.`)]
      : []),
  ];
}

function hasHalfFloats(): boolean {
  try {
    return tf.backend().floatPrecision() === 16;
  } catch {
    return false; // cpu does not say; it has 32 bits
  }
}

async function logitsOf<I extends tf.Tensor>(model: Classifier<I>, x: I): Promise<Float32Array> {
  const logits = logitsAt(WHERE, model, x);
  try {
    return (await logits.data<'float32'>()).slice();
  } finally {
    logits.dispose();
  }
}

function areProbabilities(logits: Float32Array, numClasses: number): boolean {
  for (let start = 0; start < logits.length; start += numClasses) {
    const row = logits.subarray(start, start + numClasses);
    if (row.some((value) => !(value > -1e-5 && value < 1 + 1e-5))) return false;
    if (Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) > 1e-5) return false;
  }
  return logits.length > 0;
}

function correct(logits: Float32Array, labels: readonly number[], numClasses: number): number {
  return labels.filter((label, i) => predictedClass(rowOf(logits, i, numClasses)) === label).length;
}

// Largest Euclidean distance of an example's logits, both brought to length 1; NaN if there is one.
function distance(a: Float32Array, b: Float32Array, numClasses: number): number {
  let largest = 0;
  for (let start = 0; start < a.length; start += numClasses) {
    const [u, v] = [a, b].map((each) => each.subarray(start, start + numClasses)) as [
      Float32Array,
      Float32Array,
    ];
    const [lengthU, lengthV] = [Math.hypot(...u) || 1, Math.hypot(...v) || 1];
    const gap = Math.hypot(...u.map((value, c) => value / lengthU - at(v, c) / lengthV));
    if (Number.isNaN(gap)) return NaN;
    largest = Math.max(largest, gap);
  }
  return largest;
}

// Finds what a forward pass must not do: differentiate, or change a variable.
function watchOptimisation(forward: () => void): string | undefined {
  const engine = tf.engine();
  const before = Object.entries(engine.state.registeredVariables).map(
    ([name, variable]) => [name, variable, variable.dataId] as const,
  );
  const gradients = engine.gradients.bind(engine);
  let gradientCalls = 0;
  const watching: typeof gradients = (...args) => {
    gradientCalls++;
    return gradients(...args);
  };
  Object.defineProperty(engine, 'gradients', {value: watching, configurable: true, writable: true});
  try {
    forward();
  } finally {
    Reflect.deleteProperty(engine, 'gradients'); // the method of the class again
  }
  if (gradientCalls > 0) return `A forward pass computes ${gradientCalls} gradient(s).`;
  const changed = before.filter(([, variable, dataId]) => variable.dataId !== dataId);
  if (changed.length === 0) return undefined;
  return `A forward pass changes ${changed.length} variable(s), ${changed[0]?.[0]} among them.`;
}

const PGD_STEPS = 20;

/** How PGD fares on cross-entropy, and on cross-entropy of logits brought to one scale. */
export async function pgdBaseline<I extends tf.Tensor>(
  {model, x, labels, numClasses, logits}: Omit<Subject<I>, 'isRand'>,
  threat: ThreatModel,
  {rng, ids, pause}: {rng: Rng; ids: ArrayLike<number>; pause: () => Promise<void>},
): Promise<{pgd: number; scaledPgd: number; passes: number}> {
  return disposeAfter(async (own) => {
    const truth = own(tf.tensor1d([...labels], 'int32'));
    const scales = labels.map((_, i) => {
      const row = rowOf(logits, i, numClasses);
      return 10 / Math.max(Math.max(...row) - Math.min(...row), 1e-30);
    });
    const scale = own(tf.tensor2d(scales, [labels.length, 1]));
    const scaled: Loss = (z, y) => crossEntropy(tf.mul(z, scale), y);
    const stepSizes = Float32Array.from(labels, (_, i) => epsilonAt(threat, i) / 4);
    const accuracyUnder = async (loss: Loss) => {
      // Kept: the program may end a scope of its own in between.
      let current = tf.keep(tf.tidy(() => startInBall(x, threat, rng, ids)));
      try {
        for (let step = 0; step < PGD_STEPS; step++) {
          await pause();
          const before = current;
          const next = tf.tidy(() => {
            const {gradient} = inputGradient(model, before, truth, loss, 'autoAttack');
            const state = {x, current: before, previous: before, gradient};
            return projectedAscent(state, threat, {stepSizes, momentum: 1});
          });
          current = tf.keep(next);
          before.dispose();
        }
        return correct(await logitsOf(model, current), labels, numClasses) / labels.length;
      } finally {
        current.dispose();
      }
    };
    const pgd = await accuracyUnder(crossEntropy);
    return {pgd, scaledPgd: await accuracyUnder(scaled), passes: PGD_STEPS};
  });
}
