import type * as tf from '@tensorflow/tfjs-core';

import type {AttackContext} from '../../core/attack';
import type {AttackWarning} from '../../core/attackResult';
import type {FeatureValues} from '../../core/featureMap';
import {
  DEFAULT_FEATURE_THREAT,
  type FeatureThreatModel,
  type FeatureThreatOptions,
} from '../../core/featureThreat';
import type {AttackLoss} from '../../core/loss';
import type {Defaults} from '../../core/options';
import type {Position} from '../../core/position';
import type {RunControl} from '../../core/progress';
import type {Rng} from '../../core/rng';
import type {PerExample} from '../../core/threatModel';
import {crossEntropy} from '../../losses/crossEntropy';
import type {StartPoint} from './startPoint';

/** Length of a step: one value, one per example, or one per feature. */
export type StepSize = PerExample | FeatureValues;

/** How an asynchronous attack without a verdict is watched. */
export interface WatchOptions {
  /** Called after each step. @defaultValue undefined */
  readonly onProgress?: RunControl['onProgress'] | undefined;
  /**
   * Called with what makes the result doubtful: a gradient that is zero or not finite for some of the
   * examples. @defaultValue undefined
   */
  readonly onWarning?: ((warning: AttackWarning) => void) | undefined;
}

/** Defaults of {@link WatchOptions}. */
export const WATCH_DEFAULTS: Defaults<WatchOptions, keyof WatchOptions> = {
  onProgress: undefined,
  onWarning: undefined,
};

/** Options of every ascent of fixed steps. */
export interface AscentOptions extends FeatureThreatOptions, AttackContext {
  /** What to ascend, one value per example. @defaultValue crossEntropy */
  readonly loss?: AttackLoss | undefined;
  /**
   * int32 `[batch]` classes to reach: the loss to them is descended instead. @defaultValue none:
   * untargeted
   */
  readonly targets?: tf.Tensor1D | undefined;
  /**
   * Check the values of `x`, the labels, the model's output and the first gradient: a few small
   * reads from the device, once per call. WebGPU cannot read at once: only the asynchronous form
   * checks there. @defaultValue true
   */
  readonly checkValues?: boolean | undefined;
}

/** Defaults of {@link AscentOptions}. */
export const ASCENT_DEFAULTS: Defaults<
  AscentOptions,
  'mask' | 'rng' | 'exampleIds' | 'signal' | 'position' | 'targets'
> = {
  ...DEFAULT_FEATURE_THREAT,
  loss: crossEntropy,
  rng: undefined,
  exampleIds: undefined,
  signal: undefined,
  position: undefined,
  targets: undefined,
  checkValues: true,
};

/** What an ascent of fixed steps depends on: the options of `pgdAttack`, filled in. */
export interface AscentSettings extends FeatureThreatModel {
  readonly stepSize: StepSize | undefined;
  readonly steps: number;
  readonly loss: AttackLoss;
  readonly rng: Rng | undefined;
  readonly exampleIds: ArrayLike<number> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly position: Position | undefined;
  readonly startDeviation: number | undefined;
  readonly start?: StartPoint | undefined;
  readonly targets: tf.Tensor1D | undefined;
  readonly checkValues: boolean;
}
