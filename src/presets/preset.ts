/** A dataset of the paper, and how long its tail is. */
export interface PresetDataset {
  /** The archive that the images come from. */
  readonly name: 'cifar10' | 'cifar100' | 'tiny-imagenet';
  /** Number of classes. */
  readonly numClasses: number;
  /** Height, width and channels of an image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Training images of the largest class. */
  readonly maxCount: number;
  /** Largest class over smallest; the counts fall exponentially. */
  readonly imbalanceRatio: number;
  /** How many of the rarest classes T-Clean and T-PGD are measured on. */
  readonly tail: number;
}

/** A network of `lt-robust/models`, by the name of its function. */
export interface PresetNetwork {
  /** The function that makes it. */
  readonly name: 'resnet18' | 'preActResnet18' | 'wideResnet' | 'mobileNetV2';
  /** Its option `width`: channels of the first stage, or a factor for `wideResnet` and `mobileNetV2`. */
  readonly width: number;
  /** Its option `depth`; `wideResnet` only. */
  readonly depth?: number | undefined;
}

/** PGD in L∞ that a training is run against. */
export interface PresetAttack {
  /** Radius, on pixels from 0 to 1. */
  readonly epsilon: number;
  /** Length of a step. */
  readonly stepSize: number;
  /** Number of steps. */
  readonly steps: number;
  /**
   * The first iterate: `'uniform'` in the ball and the range of pixels; `'gaussian'`, x + 0.001 N(0, 1);
   * `'one-sided'`, x + ε U[0, 1), as RoBal; `'unclipped'`, x + U(−ε, ε), as REAT.
   */
  readonly start: 'uniform' | 'gaussian' | 'one-sided' | 'unclipped';
}

/** Natural training, or PGD-AT: they have no settings. */
export interface PlainPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'natural' | 'pgd-at';
}

/** AT-BSL. */
export interface AtBslPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'at-bsl';
  /** τ of the balanced softmax. */
  readonly tau: number;
}

/** TRADES. */
export interface TradesPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'trades';
  /** β, the weight of the divergence. */
  readonly beta: number;
}

/** MART. */
export interface MartPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'mart';
  /** λ, the weight of the divergence. */
  readonly lambda: number;
}

/** REAT. */
export interface ReatPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'reat';
  /** How the loss of the tail is computed. */
  readonly mode: 'repo' | 'pairwise';
}

/** RoBal. */
export interface RobalPresetMethod {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'robal';
  /** m₀, the margin of the rarest class. */
  readonly margin: number;
  /** s, the factor of the cosines. */
  readonly scale: number;
  /** τ_b, the strength of the class prior. */
  readonly priorTau: number;
  /** τ_m, how much larger the margins of large classes are. */
  readonly marginTau: number;
  /** β, the weight of the divergence. */
  readonly regularization: number;
}

/** A training method by its name in `lt-robust/registry`, and its options. */
export type PresetMethod =
  | PlainPresetMethod
  | AtBslPresetMethod
  | TradesPresetMethod
  | MartPresetMethod
  | ReatPresetMethod
  | RobalPresetMethod;

/** Adversarial weight perturbation. */
export interface AwpPresetWrapper {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'awp';
  /** γ, the size of the perturbation. */
  readonly gamma: number;
  /** First epoch in which weights are perturbed. */
  readonly fromEpoch: number;
}

/** Gradient matching with the teacher. */
export interface MatchingPresetWrapper {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'gradient-matching';
  /** α, its weight in the last epoch. */
  readonly alpha: number;
}

/** KL divergence from the teacher at the adversarial input. */
export interface DistillationPresetWrapper {
  /** Its name in `lt-robust/registry`. */
  readonly name: 'distillation';
  /** Its weight. */
  readonly weight: number;
}

/** A wrapper around a method by its name in `lt-robust/registry`, and its options. */
export type PresetWrapper = AwpPresetWrapper | MatchingPresetWrapper | DistillationPresetWrapper;

/** Changes of a training image. Random crops and flips are part of all but `'none'`. */
export type PresetAugmentation = 'none' | 'crop-flip' | 'randaugment' | 'autoaugment';

/** RoBal's cosine head. */
export interface PresetCosineHead {
  /** g, added to the norm of each class's weights. */
  readonly normOffset: number;
}

/** A class-balanced subset of the training set. */
export interface PresetBalance {
  /** γ in units of the imbalance ratio: 0.5 is the paper's IR/2. */
  readonly gammaPerRatio: number;
}

/** A form in which a network is scored, `scale · z − τ log π`. */
export interface PresetScoring {
  /** What the logits are multiplied by. */
  readonly scale: number;
  /** τ, the strength of the correction by the class frequencies π. */
  readonly tau: number;
}

/** How a network is trained once: everything that a `Recipe` holds, as plain data. */
export interface PresetStage {
  /** The network that is trained. */
  readonly network: PresetNetwork;
  /** The last layer: linear, or RoBal's cosines. */
  readonly head: 'linear' | PresetCosineHead;
  /** The class-balanced subset that it is trained on; `null`: the whole long-tailed set. */
  readonly balanced: PresetBalance | null;
  /** What a step minimises. */
  readonly method: PresetMethod;
  /** Wrappers around the method, from the inside out. */
  readonly wrappers: readonly PresetWrapper[];
  /** What the network is attacked with in training; `null` for natural training. */
  readonly attack: PresetAttack | null;
  /** Passes over the training set. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batchSize: number;
  /** Leave out the last, smaller batch of an epoch. */
  readonly dropLast: boolean;
  /** Learning rate before the first milestone. */
  readonly learningRate: number;
  /** Momentum of SGD. */
  readonly momentum: number;
  /** Weight decay of SGD. */
  readonly weightDecay: number;
  /** Epochs, counted from 1, from which on the rate is a tenth of what it was. */
  readonly milestones: readonly number[];
  /** Changes of the images. */
  readonly augmentation: PresetAugmentation;
  /**
   * The form in which the trained network is scored, attacked and asked as a teacher, see
   * `adjustedClassifier`; `null`: as it is.
   */
  readonly scoring: PresetScoring | null;
}

/** A row of the paper as plain data: which data, which networks, how they are trained. */
export interface Preset {
  /** Its name: `'cifar10-lt50/resnet18/at-bsl'`. */
  readonly id: string;
  /** The data. */
  readonly dataset: PresetDataset;
  /** The training of the teacher that comes first, or `null`. */
  readonly teacher: PresetStage | null;
  /** The training whose network is the result. */
  readonly main: PresetStage;
}
