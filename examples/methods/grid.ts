import type {Experiment, TeacherExperiment} from 'lt-robust/registry';

import type {BenchSettings} from './settings';

/** What an experiment is made of, beside the settings. */
export interface Given {
  readonly settings: BenchSettings;
  /** Epochs of the student's training. */
  readonly epochs: number;
}

/** Hyperparameters that are chosen among. */
export type Candidate = Readonly<Record<string, number | string>>;

/** A method of the comparison. */
export interface Entry {
  readonly name: string;
  /** How it is called on paper. */
  readonly label: string;
  /** Whether it is one of the field, or a combination of the hunt. */
  readonly kind: 'method' | 'hunt';
  /** The first is taken where nothing was tried. */
  readonly candidates: readonly Candidate[];
  readonly experiment: (candidate: Candidate, given: Given) => Experiment;
  /** Whether the network ends in cosines. */
  readonly hasCosines?: boolean;
  /** The share of the budget that the teacher has. */
  readonly teacherShare?: (candidate: Candidate) => number;
}

const rate = ({learningRate}: Candidate, {learningRate: usual}: BenchSettings) =>
  Number(learningRate ?? usual);

// What all have in common: the optimizer, the schedule, the augmentation.
function bare(candidate: Candidate, {settings, epochs}: Given): Omit<Experiment, 'method'> {
  const {momentum, weightDecay, drops, batchSize, padding} = settings;
  return {
    optimizer: {name: 'sgd', learningRate: rate(candidate, settings), momentum, weightDecay},
    schedule: {name: 'multi-step', shares: [...drops]},
    augmentation: padding === 0 ? [] : [{name: 'crop-and-flip', padding}],
    ...{epochs, batchSize, dropLast: true},
  };
}

// ... and the attack, for methods that do not make their inputs themselves.
function common(candidate: Candidate, given: Given): Omit<Experiment, 'method'> {
  const {epsilon, attackSteps: steps} = given.settings;
  const attack = {name: 'pgd', epsilon, steps, stepSize: epsilon / 4} as const;
  return {...bare(candidate, given), attack};
}

const numbers = (candidate: Candidate, ...names: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    names.flatMap((name) =>
      candidate[name] === undefined ? [] : [[name, Number(candidate[name])]],
    ),
  );

// Four candidates for every method: four learning rates, or two of them by two values of something else.
// A loss that is a sum of several takes other rates than its parts.
const RATES: readonly Candidate[] = [0.1, 0.05, 0.025, 0.0125].map((learningRate) => ({
  learningRate,
}));

const atRates = (...candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.flatMap((candidate) =>
    [0.05, 0.025].map((learningRate) => ({...candidate, learningRate})),
  );

// Two values of one hyperparameter.
const each = (name: string, ...values: readonly [number, number]): readonly Candidate[] =>
  atRates(...values.map((value) => ({[name]: value})));

// Half of the passes for the teacher: a student that sees no labels learns what it knows, and no more.
const sharing = (...candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.map((candidate) => ({...candidate, share: 0.5}));

// The teacher of the paper: PGD-AT on a balanced set; a candidate may name a stronger one.
const balancedTeacher = (
  given: Given,
  over: Partial<TeacherExperiment> = {},
): TeacherExperiment => ({
  ...common({learningRate: given.settings.teacherLearningRate}, given),
  method: 'pgd-at',
  data: {name: 'balanced', gamma: given.settings.gamma},
  batchSize: given.settings.teacherBatchSize,
  ...over,
});

const shareOf = ({share}: Candidate): number => Number(share ?? 0.3);

const taught = (
  make: (
    candidate: Candidate,
    given: Given,
  ) => Pick<Experiment, 'method' | 'wrappers' | 'averaging'>,
  teacher: (given: Given) => TeacherExperiment = balancedTeacher,
): Pick<Entry, 'experiment' | 'teacherShare'> => ({
  experiment: (candidate, given) => ({
    ...common(candidate, given),
    ...make(candidate, given),
    teachers: {teacher: teacher(given)},
  }),
  teacherShare: shareOf,
});

// A memory of 50 steps: the trainings here have 300 to 800.
const EMA = {ema: 0.98};
const KL = {name: 'distillation', teacher: 'teacher'} as const;
const MATCHING = {name: 'gradient-matching', teacher: 'teacher'} as const;
const BSL = 'balanced-softmax';

const strongTeacher = (given: Given): TeacherExperiment =>
  balancedTeacher(given, {
    ...{method: {name: 'trades', beta: 3, loss: BSL}, data: 'all', averaging: EMA},
    batchSize: given.settings.batchSize,
  });

const METHODS: readonly Entry[] = [
  {
    ...{name: 'pgd-at', label: 'PGD-AT', kind: 'method', candidates: RATES},
    experiment: (c, given) => ({...common(c, given), method: 'pgd-at'}),
  },
  {
    ...{name: 'at-bsl', label: 'AT-BSL', kind: 'method', candidates: RATES},
    experiment: (c, given) => ({...common(c, given), method: 'at-bsl'}),
  },
  {
    ...{name: 'paper', label: "the paper's method", kind: 'method'},
    candidates: each('alpha', 3, 10),
    ...taught((c) => ({
      method: {name: 'self-distillation', teacher: 'teacher', ...numbers(c, 'alpha')},
    })),
  },
  {
    ...{name: 'trades', label: 'TRADES', kind: 'method', candidates: each('beta', 6, 3)},
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'trades', ...numbers(c, 'beta')},
    }),
  },
  {
    ...{name: 'mart', label: 'MART', kind: 'method', candidates: each('lambda', 5, 2)},
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'mart', ...numbers(c, 'lambda')},
    }),
  },
  {
    ...{name: 'awp', label: 'TRADES-AWP', kind: 'method', candidates: each('beta', 6, 3)},
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'trades', ...numbers(c, 'beta')},
      wrappers: [
        {name: 'awp', gamma: 0.005, fromEpoch: Math.max(1, Math.round(given.epochs / 10))},
      ],
    }),
  },
  {
    ...{name: 'robal', label: 'RoBal', kind: 'method', hasCosines: true},
    candidates: atRates(
      {margin: 0.1, priorTau: 1.5, marginTau: 0.3, headScale: 1, headTau: 0},
      {margin: 0.1, priorTau: 1.2, marginTau: 0, headScale: 10, headTau: 0.1},
    ),
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'robal', ...numbers(c, 'margin', 'priorTau', 'marginTau')},
      head: {name: 'adjusted', scale: Number(c['headScale']), tau: Number(c['headTau'])},
    }),
  },
  {
    ...{name: 'reat', label: 'REAT', kind: 'method', candidates: RATES},
    experiment: (c, given) => ({...common(c, given), method: 'reat'}),
  },
  {
    ...{name: 'ldam', label: 'LDAM-DRW, attacked', kind: 'method', candidates: RATES},
    experiment: (c, given) => ({...common(c, given), method: 'ldam'}),
  },
  {
    ...{name: 'harl', label: 'TAET (HARL)', kind: 'method'},
    candidates: [0.3, 0.1, 0.05, 0.025].map((learningRate) => ({learningRate})),
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'harl', cleanEpochs: Math.floor(0.4 * given.epochs)},
    }),
  },
  {
    ...{
      name: 'ard',
      label: 'ARD',
      kind: 'method',
      candidates: sharing(...each('temperature', 2, 5)),
    },
    ...taught((c) => ({
      method: {
        name: 'ard',
        teacher: 'teacher',
        attackMode: 'inference',
        ...numbers(c, 'temperature'),
      },
    })),
  },
  {
    ...{name: 'rslad', label: 'RSLAD', kind: 'method', candidates: sharing(...RATES)},
    ...taught(() => ({method: {name: 'rslad', teacher: 'teacher'}})),
  },
  {
    ...{name: 'adaad', label: 'AdaAD', kind: 'method', candidates: sharing(...RATES)},
    ...taught(() => ({method: {name: 'adaad', teacher: 'teacher'}})),
  },
  {
    ...{name: 'fast-at', label: 'fast AT', kind: 'method', candidates: RATES},
    experiment: (c, given) => {
      const {epsilon} = given.settings;
      return {...bare(c, given), method: {name: 'fast-at', epsilon, stepSize: 1.25 * epsilon}};
    },
  },
  {
    ...{
      name: 'free-at',
      label: 'free AT',
      kind: 'method',
      candidates: RATES,
    },
    experiment: (c, given) => {
      const {epsilon, replays} = given.settings;
      return {...bare(c, given), method: {name: 'free-at', epsilon, replays}};
    },
  },
  {
    ...{name: 'natural', label: 'clean training', kind: 'method', candidates: [{}]},
    experiment: (c, given) => {
      return {...bare(c, given), method: 'natural'};
    },
  },
];

const HUNT: readonly Entry[] = [
  {
    ...{name: 'trades-bsl', label: 'TRADES with balanced softmax', kind: 'hunt'},
    candidates: each('beta', 3, 1.5),
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'trades', loss: BSL, ...numbers(c, 'beta')},
    }),
  },
  {
    ...{name: 'bsl-ema', label: 'AT-BSL, averaged weights', kind: 'hunt', candidates: RATES},
    experiment: (c, given) => ({...common(c, given), method: 'at-bsl', averaging: EMA}),
  },
  {
    ...{name: 'fast-bsl', label: 'fast AT with balanced softmax, then AT-BSL', kind: 'hunt'},
    candidates: each('fast', 0.5, 0.75),
    experiment: (c, given) => ({
      ...common(c, given),
      method: {
        name: 'switch-at',
        epoch: Math.max(1, Math.round(Number(c['fast']) * given.epochs)),
        before: {
          ...{name: 'fast-at', loss: BSL, epsilon: given.settings.epsilon},
          stepSize: 1.25 * given.settings.epsilon,
        },
        after: 'at-bsl',
      },
      averaging: EMA,
    }),
  },
  {
    ...{name: 'balanced-anew', label: 'PGD-AT on a balanced set drawn in each epoch', kind: 'hunt'},
    candidates: RATES,
    experiment: (c, given) => ({
      ...common(c, given),
      method: 'pgd-at',
      sampler: {name: 'balanced-subset', gamma: given.settings.gamma, resample: 'per-epoch'},
      averaging: EMA,
    }),
  },
  {
    ...{name: 'root-bsl', label: 'AT-BSL on square-root sampling, averaged weights', kind: 'hunt'},
    candidates: each('tau', 0.5, 1),
    experiment: (c, given) => ({
      ...common(c, given),
      method: {name: 'at-bsl', ...numbers(c, 'tau')},
      sampler: {name: 'power', power: 0.5},
      averaging: EMA,
    }),
  },
  {
    ...{name: 'kl-ema', label: 'KL to the teacher, averaged weights', kind: 'hunt'},
    candidates: each('weight', 1, 0.5),
    ...taught((c) => ({
      method: 'at-bsl',
      wrappers: [{...KL, ...numbers(c, 'weight')}],
      averaging: EMA,
    })),
  },
  {
    ...{name: 'kl-matching', label: 'KL and matching, averaged weights', kind: 'hunt'},
    candidates: each('alpha', 1, 3),
    ...taught((c) => ({
      method: 'at-bsl',
      wrappers: [KL, {...MATCHING, ...numbers(c, 'alpha')}],
      averaging: EMA,
    })),
  },
  {
    ...{
      name: 'strong-teacher',
      label: 'KL to a teacher of TRADES with balanced softmax',
      kind: 'hunt',
    },
    candidates: each('weight', 1, 0.5),
    ...taught(
      (c) => ({method: 'at-bsl', wrappers: [{...KL, ...numbers(c, 'weight')}], averaging: EMA}),
      strongTeacher,
    ),
  },
  {
    ...{
      name: 'bsl-awp',
      label: 'AT-BSL with AWP',
      kind: 'hunt',
      candidates: each('gamma', 0.005, 0.002),
    },
    experiment: (c, given) => ({
      ...common(c, given),
      method: 'at-bsl',
      wrappers: [{name: 'awp', ...numbers(c, 'gamma')}],
      averaging: EMA,
    }),
  },
  {
    ...{name: 'bsl-budgets', label: 'AT-BSL with class budgets', kind: 'hunt'},
    candidates: each('intensity', 0.15, 0.3),
    experiment: (c, given) => {
      const {epsilon, attackSteps: steps} = given.settings;
      return {
        ...common(c, given),
        method: 'at-bsl',
        attack: {
          ...{name: 'class-budgets', epsilon, steps, stepSize: epsilon / 4},
          ...numbers(c, 'intensity'),
        },
        averaging: EMA,
      };
    },
  },
];

/** All methods and combinations, in the order in which they run: the most telling first. */
export const GRID: readonly Entry[] = [
  ...METHODS.slice(0, 4),
  ...HUNT.slice(0, 4),
  ...METHODS.slice(4),
  ...HUNT.slice(4),
];
