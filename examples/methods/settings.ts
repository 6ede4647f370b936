import {DEFAULT_SETTINGS, type DemoSettings} from '../demo/settings';

/** What the comparison of all methods is made on: the demo's data and network, and a budget of passes. */
export interface BenchSettings extends DemoSettings {
  /** Passes of one image through a network, forward or backward, that each method has in all. */
  readonly passes: number;
  /** The share of them with which a candidate for the hyperparameters is tried. */
  readonly tuningShare: number;
  /** Test images of each class that AutoAttack is run on. */
  readonly autoAttackPerClass: number;
  /** Replays of free adversarial training. */
  readonly replays: number;
}

/** 50,000 images against PGD-7 make 800,000 passes. */
export const FULL: BenchSettings = {
  ...DEFAULT_SETTINGS,
  ...{passes: 800_000, tuningShare: 0.5, autoAttackPerClass: 10, autoAttackImages: 50, replays: 4},
};

/** A smaller network, fewer images and a quarter of the passes: what an hour of a busy core allows. */
export const QUICK: BenchSettings = {
  ...FULL,
  ...{maxCount: 350, channels: [8, 16], attackSteps: 5, passes: 240_000},
  ...{testPerClass: 100, validationPerClass: 50, autoAttackPerClass: 10, autoAttackImages: 30},
};

/** The seed of the runs that choose hyperparameters; none of those that are reported. */
export const TUNING_SEED = 1000;
