import type {PresetNetwork} from 'lt-robust/presets';

import type {MethodName} from './methodNames';

/** Everything that decides what the demo computes. It is written into report.json. */
export interface DemoSettings {
  /** Folder of the user's own images; null for the embedded Fashion-MNIST subset. */
  readonly data: string | null;
  /** What the classes are called, by their labels in the data; null for the names the demo knows. */
  readonly classNames: readonly string[] | null;
  /** Classes from the largest to the smallest; null for the order of their labels. */
  readonly classOrder: readonly number[] | null;
  /** Largest over smallest class; 'as-is' keeps the profile of data that is long-tailed already. */
  readonly imbalanceRatio: number | 'as-is';
  /** Training images of the largest class; null for all that there are (with 'as-is'). */
  readonly maxCount: number | null;
  /** Images that each method sees in training steps, its teacher's among them. */
  readonly imageSteps: number;
  /** The share of them that a teacher gets. */
  readonly teacherShare: number;
  /** γ: the balanced set has γ times the smallest class's images of every class. */
  readonly gamma: number | 'auto';
  /** Weight of the gradient matching, reached in the last epoch; null for the method's default. */
  readonly alpha: number | null;
  /** Weight of the KL divergence to the teacher at the adversarial input. */
  readonly klWeight: number;
  /** Strength of the class prior in the balanced softmax. */
  readonly tau: number;
  /** L∞ radius of every attack, on pixels from 0 to 1. */
  readonly epsilon: number;
  /** Steps of the attack in training; each is a quarter of epsilon long. */
  readonly attackSteps: number;
  readonly batchSize: number;
  readonly teacherBatchSize: number;
  readonly learningRate: number;
  readonly teacherLearningRate: number;
  /** Shares of a training after which the learning rate drops to a tenth. */
  readonly drops: readonly number[];
  readonly momentum: number;
  readonly weightDecay: number;
  /** A network of the paper; null for the small one, which the next two describe. */
  readonly network?: PresetNetwork | null;
  /** Filters of the small network's strided convolutions. */
  readonly channels: readonly number[];
  readonly batchNorm: boolean;
  /** Random crops of images padded by so many pixels, and random flips; 0 for neither. */
  readonly padding: number;
  readonly validationPerClass: number;
  readonly testPerClass: number;
  /** How many of the rarest classes are the tail. */
  readonly tail: number;
  /** Test images of the tail that AutoAttack is run on; 0 for none. */
  readonly autoAttackImages: number;
  readonly backend: 'wasm' | 'cpu';
}

export const DEFAULT_SETTINGS: DemoSettings = {
  data: null,
  classNames: null,
  classOrder: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  imbalanceRatio: 50,
  maxCount: 500,
  imageSteps: 50_000,
  teacherShare: 0.6,
  gamma: 'auto',
  alpha: null,
  klWeight: 1,
  tau: 1,
  epsilon: 0.1,
  attackSteps: 7,
  batchSize: 64,
  teacherBatchSize: 32,
  learningRate: 0.05,
  teacherLearningRate: 0.03,
  drops: [0.75, 0.9],
  momentum: 0.9,
  weightDecay: 5e-4,
  channels: [16, 32],
  batchNorm: false,
  padding: 2,
  validationPerClass: 30,
  testPerClass: 100,
  tail: 1,
  autoAttackImages: 50,
  backend: 'wasm',
};

/** What `--quick` changes: fewer images and steps, not fewer methods. */
export const QUICK_SETTINGS: Partial<DemoSettings> = {
  maxCount: 350,
  channels: [8, 16],
  imageSteps: 20_000,
  attackSteps: 5,
  testPerClass: 30,
  validationPerClass: 10,
  autoAttackImages: 10,
};

/** Steps of the PGD that every checkpoint is measured by. */
export const EVALUATION_STEPS = 20;

/** How many of the rarest classes are reported together, beside the tail. */
export const RARE_CLASSES = 3;

/** Epochs after which the learning rate drops to a tenth. */
export const milestonesOf = (epochs: number, drops: readonly number[]): number[] => [
  ...new Set(drops.map((share) => Math.round(share * epochs))),
];

/** One training run of one method: what a worker is given. */
export interface Job {
  readonly method: MethodName;
  readonly seed: number;
  readonly settings: DemoSettings;
}

// What only some methods read. Runs of a method that differ in nothing else are one run.
const TEACHERS: readonly MethodName[] = ['teacher', 'paper', 'kl', 'kl+matching'];
const READERS: Partial<Record<keyof DemoSettings, readonly MethodName[]>> = {
  teacherShare: ['paper', 'kl', 'kl+matching'],
  gamma: TEACHERS,
  teacherBatchSize: TEACHERS,
  teacherLearningRate: TEACHERS,
  alpha: ['paper', 'kl+matching'],
  klWeight: ['kl', 'kl+matching'],
  tau: ['at-bsl', 'root-bsl', 'paper', 'kl', 'kl+matching'],
  batchSize: ['pgd-at', 'at-bsl', 'root-bsl', 'paper', 'kl', 'kl+matching'],
  learningRate: ['pgd-at', 'at-bsl', 'root-bsl', 'paper', 'kl', 'kl+matching'],
};

/** The settings that a run of this method depends on. */
export function settingsOf(method: MethodName, settings: DemoSettings): Partial<DemoSettings> {
  const entries = Object.entries(settings).filter(
    ([key]) => READERS[key as keyof DemoSettings]?.includes(method) ?? true,
  );
  return Object.fromEntries(entries) as Partial<DemoSettings>;
}
