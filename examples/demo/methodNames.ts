/** The methods that the demo knows, in the order of every table and plot. */
export const METHODS = [
  ...(['pgd-at', 'at-bsl', 'root-bsl', 'teacher', 'paper', 'kl', 'kl+matching'] as const),
] as const;
export type MethodName = (typeof METHODS)[number];

/** The methods that run unless `--methods` says otherwise. */
export const DEFAULT_METHODS: readonly MethodName[] = [
  'pgd-at',
  'at-bsl',
  'teacher',
  'paper',
  'kl',
];

/** How the methods are called on paper. */
export const METHOD_LABELS: Record<MethodName, string> = {
  'pgd-at': 'PGD-AT',
  'at-bsl': 'AT-BSL',
  'root-bsl': 'AT-BSL, square-root sampling',
  teacher: 'balanced teacher alone',
  paper: "the paper's method",
  kl: 'KL to the teacher',
  'kl+matching': 'KL and matching',
};

/** One sentence about each method, for the report. */
export const METHOD_SENTENCES: Record<MethodName, string> = {
  'pgd-at': 'Adversarial training with cross-entropy; knows nothing of the imbalance.',
  'at-bsl':
    'Adversarial training with balanced softmax, which takes the class sizes into the loss.',
  'root-bsl':
    'AT-BSL on batches in which a class appears in proportion to the square root of its size, with ' +
    'averaged weights: the combination that gained most on rare classes where all methods were compared.',
  teacher:
    'PGD-AT on a balanced set: rare classes are repeated, large ones cut. It is what the two-stage ' +
    'methods have as their teacher, here trained alone with all of the image-steps. A student ' +
    'that does not beat this row has gained nothing by being taught.',
  paper:
    'AT-BSL that also matches the differences of the teacher’s logits between x + δ and x − δ ' +
    '(gradient matching, our reading of the paper), with a weight that grows over the epochs.',
  kl: 'AT-BSL and the KL divergence to the teacher’s answers at the adversarial input.',
  'kl+matching':
    'Both terms: the KL divergence at a constant weight, the matching at a growing one.',
};

/** Whether a method trains a teacher first. */
export const hasTeacher = (method: MethodName): boolean =>
  method === 'paper' || method === 'kl' || method === 'kl+matching';

/** One colour for each method, told apart by the colour-blind too (Okabe & Ito). */
export const METHOD_COLOURS: Record<MethodName, string> = {
  'pgd-at': '#8a8a8a',
  'at-bsl': '#0072b2',
  'root-bsl': '#56b4e9',
  teacher: '#009e73',
  paper: '#d55e00',
  kl: '#cc79a7',
  'kl+matching': '#b8860b',
};
