import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';

/** The long-tailed mixture of two Gaussians that the paper analyses. */
export interface GaussianMixture {
  /** Mean η > 0 of every coordinate of the head class; that of the tail class is -η. @defaultValue 1 */
  readonly eta?: number | undefined;
  /** Number n ≥ 1 of coordinates, each with variance 1. @defaultValue 2 */
  readonly dimensions?: number | undefined;
  /** Imbalance ratio r ≥ 1: how many times likelier the head class is than the tail class. @defaultValue 1 */
  readonly imbalanceRatio?: number | undefined;
}

/** @internal */
export const MIXTURE: Defaults<GaussianMixture> = {eta: 1, dimensions: 2, imbalanceRatio: 1};

/** A {@link GaussianMixture} with its defaults filled in. */
export type CompleteMixture = Defaults<GaussianMixture>;

/**
 * Throws unless the numbers describe a mixture.
 *
 * @internal
 */
export function checkMixture(where: string, mixture: CompleteMixture): void {
  checkNumber(where, 'eta', mixture.eta, {above: 0});
  checkNumber(where, 'dimensions', mixture.dimensions, {min: 1, integer: true});
  checkNumber(where, 'imbalanceRatio', mixture.imbalanceRatio, {min: 1});
}

/** Options of {@link sampleGaussianMixture}. */
export interface SampleGaussianMixtureOptions extends GaussianMixture {
  /** How many examples, ≥ 1. */
  readonly size: number;
  /** Source of the random draws. */
  readonly rng: Rng;
}

const DEFAULTS: Defaults<SampleGaussianMixtureOptions, 'size' | 'rng'> = {
  ...MIXTURE,
  size: undefined,
  rng: undefined,
};

/** Examples of a mixture. */
export interface MixtureSample {
  /** `size · dimensions` coordinates, example after example. */
  readonly x: Float64Array;
  /** 0 for the head class, y = +1 in the paper, 1 for the tail class, y = -1. */
  readonly labels: Int32Array;
}

/**
 * Draws from the paper's mixture: the head class with probability r/(r+1), and every coordinate
 * from N(η, 1) for the head, N(-η, 1) for the tail.
 *
 * @param options - See {@link SampleGaussianMixtureOptions}.
 * @returns Coordinates and labels, for {@link logisticRegression} or as a dataset:
 *   `arrayDataset(Float32Array.from(x), labels, {shape: [dimensions], numClasses: 2})`.
 * @throws {@link InvalidArgumentError} if a number is out of range.
 * @see Long-tailed Adversarial Training with Self-Distillation, Eq. (2).
 * @example
 * ```ts
 * import {createRng} from 'lt-robust';
 * import {sampleGaussianMixture} from 'lt-robust/theory';
 *
 * const {x, labels} = sampleGaussianMixture({size: 3, imbalanceRatio: 5, rng: createRng(1)});
 * [x.length, labels.length]; // => [6, 3]
 * ```
 */
export function sampleGaussianMixture(options: SampleGaussianMixtureOptions): MixtureSample {
  const where = 'sampleGaussianMixture';
  const {rng, size, ...mixture} = withDefaults(where, DEFAULTS, options);
  checkMixture(where, mixture);
  checkNumber(where, 'size', size, {min: 1, integer: true});
  checkRng(where, rng, 'examples are drawn from it');
  const {eta, dimensions, imbalanceRatio} = mixture;
  const labels = new Int32Array(size);
  const x = new Float64Array(size * dimensions);
  for (let i = 0; i < size; i++) {
    const isTail = rng.uniform() * (imbalanceRatio + 1) < 1;
    labels[i] = Number(isTail);
    for (let k = 0; k < dimensions; k++) {
      x[i * dimensions + k] = rng.normal() + (isTail ? -eta : eta);
    }
  }
  return {x, labels};
}
