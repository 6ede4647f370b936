import type * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../../core/classifier';
import type {Rng} from '../../core/rng';
import type {ThreatModel} from '../../core/threatModel';

/** Clean examples, every one classified right, that an attack tries to break. */
export interface Problem<I extends tf.Tensor> {
  /** Public function, for error messages. */
  readonly where: string;
  /** `x` to logits, in inference mode. */
  readonly model: Classifier<I>;
  /** `[batch, ...]` inside the valid range; stays the caller's. */
  readonly x: I;
  /** `[batch]` true classes. */
  readonly labels: Int32Array;
  /** `[batch, classes]` logits at `x`, row by row. */
  readonly logits: Float32Array;
  /** Number of classes. */
  readonly numClasses: number;
  /** `epsilon` is one value, or one for each example. */
  readonly threat: ThreatModel;
  /** Grey levels that every iterate must lie on; `undefined` for none. */
  readonly levels: number | undefined;
  /** `[batch]` identities; noise is keyed by them. */
  readonly ids: Int32Array;
  /** Only forked, never advanced; absent for attacks without chance. */
  readonly rng: Rng | undefined;
  /** Whether the search of an example ends at the first point that breaks it. */
  readonly earlyStop: boolean;
  /**
   * Awaited once per iteration. It yields to the event loop now and then, reports progress, and throws
   * once the caller has aborted.
   *
   * @param undecided - Examples not yet broken.
   */
  readonly pause: (undecided: number) => Promise<void>;
}

/** What an attack found about the examples of a {@link Problem}. */
export interface Outcome {
  /** Points on which the model is wrong, by row of the problem: values of one example each. */
  readonly points: Map<number, Float32Array>;
  /** Class towards which the point was found, by row; absent for untargeted attacks. */
  readonly targets: Map<number, number>;
  /** `[batch]` passes spent. */
  readonly forward: Int32Array;
  readonly backward: Int32Array;
  readonly queries: Int32Array;
  /** `[batch]` 1 where the input gradient at the start was all zero. */
  readonly zeroGradient: Uint8Array;
  /** `[batch]` 1 where that gradient, or one on the way, was not finite. */
  readonly nonFiniteGradient: Uint8Array;
  /** `[batch]` 1 where the model gave NaN or infinite logits at an iterate. */
  readonly nonFinite: Uint8Array;
}

/** An outcome of which nothing is known yet. */
export function emptyOutcome(batchSize: number): Outcome {
  return {
    points: new Map(),
    targets: new Map(),
    forward: new Int32Array(batchSize),
    backward: new Int32Array(batchSize),
    queries: new Int32Array(batchSize),
    zeroGradient: new Uint8Array(batchSize),
    nonFiniteGradient: new Uint8Array(batchSize),
    nonFinite: new Uint8Array(batchSize),
  };
}
