import {
  autoAttackForEvaluation,
  balancedSubset,
  classCounts,
  createRng,
  evaluateRobustness,
  isNonFiniteLossError,
  scoredClassifier,
  shuffledBatches,
  subset,
  tailClasses,
  train,
  type Classifier,
  type Dataset,
  type Recipe,
  type Rng,
} from 'lt-robust';
import {cosineHead} from 'lt-robust/models';
import {
  checkExperiment,
  recipeOf,
  type CheckedTeacher,
  type CheckedTraining,
} from 'lt-robust/registry';
import * as tfl from '@tensorflow/tfjs-layers';

import {collapseOf, measure, measureAutoAttack, type Scores} from '../demo/measure';
import {RARE_CLASSES} from '../demo/settings';
import {makeSplits} from '../demo/splits';
import {createNetwork, type Network} from '../demo/training';
import type {Candidate, Entry} from './grid';
import type {StepPasses} from './passes';
import {batchesOf, planOf, type Plan} from './plan';
import type {BenchSettings} from './settings';

/** What a run is: an entry with its hyperparameters, and the data and weights of a seed. */
export interface Job {
  readonly entry: Entry;
  readonly candidate: Candidate;
  readonly seed: number;
  /** Of the settings' passes; 1 but where hyperparameters are tried. */
  readonly share: number;
}

/** What a run gave. Plain data. */
export interface RunResult {
  readonly epochs: number;
  readonly teacherEpochs: number | null;
  readonly passes: StepPasses;
  /** Of training, a teacher's included. */
  readonly seconds: number;
  /** Of the last checkpoint. */
  readonly scores: Scores & {
    /** Of the first test images of every class; null where AutoAttack was not run. */
    readonly autoAttack: number | null;
  };
  readonly collapse: string | null;
}

/** Trains an entry on the passes that it has, and measures its last checkpoint. */
export async function runEntry(
  {entry, candidate, seed, share}: Job,
  settings: BenchSettings,
  on: 'validation' | 'test',
): Promise<RunResult> {
  const rng = createRng(seed);
  const splits = await makeSplits(settings, rng.fork('data'));
  const {train: data, classNames} = splits;
  const budget = share * settings.passes;
  const experimentOf = (epochs: number) =>
    checkExperiment(entry.experiment(candidate, {settings, epochs}));
  const teacherShare = entry.teacherShare?.(candidate) ?? 0;
  const models: Network[] = [];
  const networkOf = async (stage: string) => {
    const weights = rng.fork('weights').fork(stage);
    const hasCosines = stage === 'student' && entry.hasCosines === true;
    const model = await (hasCosines ? cosineNetwork : createNetwork)(data, settings, weights);
    models.push(model);
    return model;
  };
  try {
    const teacher =
      teacherShare === 0
        ? null
        : await trainStage(
            (epochs) => experimentOf(epochs).teachers['teacher'] ?? missing(),
            ...[data, teacherShare * budget, rng.fork('teacher'), networkOf, 'teacher'],
          );
    const left = budget - (teacher === null ? 0 : totalPasses(teacher.plan));
    const student = await trainStage(
      experimentOf,
      ...[data, left, rng.fork('student'), networkOf, 'student'],
      teacher?.classifier,
    );
    const counts = classCounts(data.labels, data.numClasses);
    const measured = {
      tail: tailClasses(counts, settings.tail),
      rare: tailClasses(counts, Math.min(RARE_CLASSES, counts.length)),
    };
    const {classifier} = student;
    const held = splits[on];
    const scores = await measure(classifier, held, measured, settings, rng.fork(on));
    const isTest = on === 'test';
    return {
      epochs: student.plan.epochs,
      teacherEpochs: teacher?.plan.epochs ?? null,
      passes: sumOf(student.plan.passes, teacher?.plan.passes),
      seconds: student.seconds + (teacher?.seconds ?? 0),
      scores: {
        ...scores,
        tailAutoAttack: isTest
          ? await measureAutoAttack(
              ...[classifier, held, measured.tail, settings, rng.fork('autoAttack')],
            )
          : null,
        autoAttack: isTest ? await underAutoAttack(classifier, held, settings, rng) : null,
      },
      collapse: student.diverged ?? collapseOf(scores, classNames),
    };
  } finally {
    for (const model of models) model.dispose();
  }
}

const missing = (): never => {
  throw new Error('the experiment has no teacher');
};

const totalPasses = ({passes: {forward, backward, teacher}}: Plan): number =>
  forward + backward + teacher;

// What a teacher's own training costs counts as passes of a trained network.
const sumOf = (student: StepPasses, teacher: StepPasses | undefined): StepPasses => ({
  forward: student.forward + (teacher?.forward ?? 0),
  backward: student.backward + (teacher?.backward ?? 0),
  teacher: student.teacher,
});

async function underAutoAttack(
  model: Classifier,
  data: Dataset,
  {epsilon, autoAttackPerClass}: BenchSettings,
  rng: Rng,
): Promise<number | null> {
  const seen = new Map<number, number>();
  const indices = Array.from(data.labels.keys()).filter((i) => {
    const label = data.labels[i] as number;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    return (seen.get(label) ?? 0) <= autoAttackPerClass;
  });
  const attacks = {autoAttack: autoAttackForEvaluation({epsilon})};
  const report = await evaluateRobustness(model, data, {attacks, indices, rng: rng.fork('AA')});
  return report.attacks.autoAttack?.accuracy ?? null;
}

interface Stage {
  readonly classifier: Classifier;
  readonly plan: Plan;
  readonly seconds: number;
  /** Where the loss stopped being finite; the network is that of the epoch before. */
  readonly diverged: string | null;
}

async function trainStage(
  trainingFor: (epochs: number) => CheckedTraining & Pick<CheckedTeacher, 'data' | 'checkpoint'>,
  all: Dataset,
  budget: number,
  rng: Rng,
  networkOf: (stage: string) => Promise<Network>,
  stage: string,
  teacher?: Classifier,
): Promise<Stage> {
  const {data: source = 'all'} = trainingFor(1);
  const {gamma = 'auto'} = typeof source === 'object' ? source : {};
  const draw = () =>
    balancedSubset(all.labels, all.numClasses, {gamma, rng: rng.fork('balancedSubset')});
  const data = source === 'all' ? all : subset(all, draw());
  const teachers = teacher === undefined ? {} : {teacher};
  const recipeFor = (epochs: number): Recipe => {
    const {data: from = source, checkpoint = 'last', ...training} = trainingFor(epochs);
    const isOther = (from === 'all') !== (source === 'all') || checkpoint !== 'last';
    if (isOther) throw new Error('the grid has no such teacher');
    return recipeOf(training, {dataset: data, teachers});
  };
  const {batchSize = 64, batches} = recipeFor(1);
  const size = Math.min(batchSize, data.labels.length);
  const batchesIn = (order: Rng, epoch: number) =>
    batches?.(order, epoch) ??
    shuffledBatches(data.labels.length, size, {rng: order, dropLast: true});
  const plan = planOf(trainingFor, batchesIn(createRng(0), 1).length, size, budget);
  const recipe: Recipe = {
    ...recipeFor(plan.epochs),
    batches: (order, epoch) => batchesIn(order, epoch).slice(0, batchesOf(plan, epoch)),
  };
  const model = await networkOf(stage);
  const started = performance.now();
  let diverged: string | null = null;
  try {
    await train(model, data, recipe, {rng});
  } catch (error) {
    if (!isNonFiniteLossError(error)) throw error;
    diverged = error.message;
  }
  const seconds = (performance.now() - started) / 1000;
  return {classifier: scoredClassifier(model, recipe), plan, seconds, diverged};
}

// The network that all have, but for its last layer.
async function cosineNetwork(data: Dataset, settings: BenchSettings, rng: Rng): Promise<Network> {
  const plain = await createNetwork(data, settings, rng);
  const head = cosineHead(data.numClasses, {seed: rng.fork('head').seed()});
  return tfl.sequential({layers: [...plain.layers.slice(0, -1), head]});
}
