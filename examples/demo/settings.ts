/** The three methods, in the order of every table and plot. */
export const METHODS = ['pgd-at', 'at-bsl', 'lt-self-distillation'] as const;
export type MethodName = (typeof METHODS)[number];

/** How the methods are called on paper. */
export const METHOD_LABELS: Record<MethodName, string> = {
  'pgd-at': 'PGD-AT',
  'at-bsl': 'AT-BSL',
  'lt-self-distillation': "the paper's method",
};

/** Everything that decides what the demo computes. It is written into report.json. */
export interface DemoSettings {
  /** Folder of the user's own images; null for the embedded Fashion-MNIST subset. */
  readonly data: string | null;
  /** Classes from the largest to the smallest; null for the order of their labels. */
  readonly classOrder: readonly number[] | null;
  readonly imbalanceRatio: number;
  /** Training images of the largest class. */
  readonly maxCount: number;
  /** γ: the balanced set has γ times the smallest class's images of every class. */
  readonly gamma: number | 'auto';
  /** Weight of the distillation. */
  readonly alpha: number;
  readonly kd: 'igdm' | 'kl-adv' | 'kl-clean-teacher' | 'igdm+kl-adv';
  readonly alphaSchedule: 'linear' | 'constant';
  /** Strength of the class prior in the balanced softmax. */
  readonly tau: number;
  readonly epochs: number;
  readonly teacherEpochs: number;
  /** L∞ radius of every attack, on pixels from 0 to 1. */
  readonly epsilon: number;
  /** Steps of the attack in training; each is a quarter of epsilon long. */
  readonly attackSteps: number;
  readonly batchSize: number;
  readonly teacherBatchSize: number;
  readonly learningRate: number;
  readonly teacherLearningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Filters of the network's strided convolutions. */
  readonly channels: readonly number[];
  readonly batchNorm: boolean;
  /** Random crops of images padded by so many pixels, and random flips; 0 for none. */
  readonly padding: number;
  readonly validationPerClass: number;
  readonly testPerClass: number;
  /** How many of the rarest classes are the tail. */
  readonly tail: number;
  readonly backend: 'wasm' | 'cpu';
}

export const DEFAULT_SETTINGS: DemoSettings = {
  data: null,
  classOrder: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  imbalanceRatio: 50,
  maxCount: 500,
  gamma: 'auto',
  alpha: 10,
  kd: 'igdm',
  alphaSchedule: 'linear',
  tau: 1,
  epochs: 15,
  teacherEpochs: 12,
  epsilon: 0.1,
  attackSteps: 7,
  batchSize: 64,
  teacherBatchSize: 32,
  learningRate: 0.05,
  teacherLearningRate: 0.03,
  momentum: 0.9,
  weightDecay: 5e-4,
  channels: [16, 32],
  batchNorm: false,
  padding: 2,
  validationPerClass: 30,
  testPerClass: 100,
  tail: 1,
  backend: 'wasm',
};

/** What follows from the settings; written into report.json beside them. */
export function derivedSettings({epsilon, epochs, teacherEpochs}: DemoSettings) {
  return {
    attackStepSize: epsilon / 4,
    evaluationSteps: EVALUATION_STEPS,
    milestones: milestonesOf(epochs),
    teacherMilestones: milestonesOf(teacherEpochs),
  };
}

/** Steps of the PGD that every checkpoint is measured by. */
export const EVALUATION_STEPS = 20;

/** Epochs after which the learning rate drops to a tenth. */
export const milestonesOf = (epochs: number): number[] => [
  ...new Set([Math.round(0.75 * epochs), Math.round(0.9 * epochs)]),
];

/** What `--quick` changes: fewer images and epochs, not fewer methods. */
export const QUICK_SETTINGS: Partial<DemoSettings> = {
  maxCount: 350,
  channels: [8, 16],
  epochs: 10,
  teacherEpochs: 8,
  attackSteps: 5,
  testPerClass: 30,
  validationPerClass: 10,
};

/** One training run of one method: what a worker is given. */
export interface Job {
  readonly method: MethodName;
  readonly seed: number;
  readonly settings: DemoSettings;
}
