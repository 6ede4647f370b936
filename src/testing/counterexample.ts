import * as tf from '@tensorflow/tfjs-core';

import {at, intAt} from '../core/at';
import {adversarialOf} from '../core/attackResult';
import type {Classifier} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {isUnusableGradientError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import type {Rng} from '../core/rng';
import type {ThreatModel, Norm} from '../core/threatModel';
import {levelOf, pixelOf} from '../math/lattice';
import {predictedClasses} from '../metrics/predictedClasses';
import {epsilonSteps, shrinkEpsilon} from './shrinkEpsilon';
import {changedPixels, shrinkPixels, type StillWrong} from './shrinkPixels';
import type {ThreatAttack} from './threatAttack';

/**
 * An example on which an attack succeeded, with its perturbation shrunk as far as the attack still
 * succeeds. Plain data.
 */
export interface Counterexample {
  /** Its index in the dataset. */
  readonly example: number;
  /** Its class. */
  readonly label: number;
  /** What the model answers on the perturbed example. */
  readonly answer: number;
  /** The smallest epsilon at which the attack still succeeds. */
  readonly epsilon: number;
  /** Norm of the perturbation that is left. */
  readonly distance: number;
  /** How many pixels it changes; none of them can be left out. */
  readonly changed: number;
  /** How many pixels there are. */
  readonly pixels: number;
  /** Shape of the example, without a batch axis. */
  readonly shape: readonly number[];
  /** The clean values. */
  readonly clean: Float32Array;
  /** The perturbed values. */
  readonly adversarial: Float32Array;
  /** Whether all of them are grey levels, so that an 8-bit image holds this counterexample. */
  readonly isImage: boolean;
}

/** What a search for a counterexample needs. */
export interface CounterexampleSearch<I extends tf.Tensor> {
  readonly classify: Classifier<I>;
  readonly dataset: Dataset<I>;
  readonly attack: ThreatAttack<I>;
  readonly norm: Norm;
  readonly epsilon: number;
  readonly clip: ThreatModel['clip'];
  readonly rng: Rng;
  readonly signal?: AbortSignal | undefined;
}

const norms: Record<Norm, (changes: Float32Array) => number> = {
  linf: (changes) => changes.reduce((most, change) => Math.max(most, Math.abs(change)), 0),
  l2: (changes) => Math.sqrt(changes.reduce((sum, change) => sum + change ** 2, 0)),
};

const isNear = (a: number, b: number | undefined): boolean => Math.abs(a - (b ?? NaN)) < 1e-6;

/** The nearest values that an 8-bit image holds. */
function rounded(values: Float32Array, clip: readonly [number, number]): Float32Array {
  const lattice = {levels: 256, clip};
  return values.map((value) => pixelOf(levelOf(value, lattice), lattice));
}

/**
 * Finds the smallest epsilon at which the attack breaks an example, then restores as many clean
 * pixels as it can while the model stays wrong.
 *
 * @param search - Model, data, attack and threat model.
 * @param example - Index of an example that the model gets right without and wrong under the
 *   attack.
 * @returns The counterexample, or `undefined` if the attack does not break this example by itself.
 */
export async function findCounterexample<I extends tf.Tensor>(
  search: CounterexampleSearch<I>,
  example: number,
): Promise<Counterexample | undefined> {
  const {classify, dataset, attack, norm, clip, rng, signal} = search;
  return disposeAfter(async (own) => {
    const {x, labels} = own({...(await dataset.batch([example]))});
    const label = intAt(dataset.labels, example);
    const shape = x.shape.slice(1);
    const clean = new Float32Array(await x.data());

    const answers = async (candidates: readonly Float32Array[]): Promise<Int32Array> => {
      signal?.throwIfAborted();
      const logits = tf.tidy(() => {
        const size = clean.length;
        const all = new Float32Array(candidates.length * size);
        candidates.forEach((candidate, i) => all.set(candidate, i * size));
        return classify(tf.tensor(all, [candidates.length, ...shape]) as tf.Tensor as I);
      });
      try {
        return await predictedClasses(logits);
      } finally {
        logits.dispose();
      }
    };
    const stillWrong: StillWrong = async (candidates) =>
      candidates.length === 0
        ? []
        : Array.from(await answers(candidates), (answer) => answer !== label);

    const attackAt = (epsilon: number) =>
      disposeAfter(async (keep) => {
        const context = {exampleIds: [example], rng, signal};
        const threat = {...context, norm, epsilon, clip};
        // An example may have no gradient by itself where its batch had one: then it counts as not
        // broken.
        const result = await (async () => attack(classify, x, labels, threat))().catch(
          (error: unknown) => {
            if (isUnusableGradientError(error)) return x;
            throw error;
          },
        );
        const returned = adversarialOf(result);
        if (returned !== x) keep(returned);
        const values = new Float32Array(await returned.data());
        const [isWrong] = await stillWrong([values]);
        return isWrong === true ? values : undefined;
      });

    const found = await attackAt(search.epsilon);
    if (found === undefined) return undefined;
    const smallest = await shrinkEpsilon(epsilonSteps(norm, search.epsilon, clip), found, attackAt);
    const channels = shape.length === 3 ? at(shape, 2) : 1;
    let adversarial = await shrinkPixels(
      {clean, adversarial: smallest.adversarial, channels},
      stillWrong,
    );
    let isImage = false;
    // Where the clean image does not have 8 bits, rounding would change all of its pixels.
    if (clip !== null && rounded(clean, clip).every((value, i) => isNear(value, clean[i]))) {
      const image = rounded(adversarial, clip);
      const [isWrong] = await stillWrong([image]);
      const limit = smallest.epsilon + (norm === 'linf' ? 1e-6 * (clip[1] - clip[0]) : 0);
      const moved = norms[norm](image.map((value, i) => value - (clean[i] ?? NaN)));
      isImage = isWrong === true && moved <= limit;
      if (isImage) adversarial = image;
    }
    const [answer = label] = await answers([adversarial]);
    return {
      ...{example, label, answer, shape, clean, adversarial, isImage},
      epsilon: smallest.epsilon,
      distance: norms[norm](adversarial.map((value, i) => value - (clean[i] ?? NaN))),
      changed: changedPixels({clean, adversarial, channels}).length,
      pixels: clean.length / channels,
    };
  });
}
