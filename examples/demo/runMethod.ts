import {
  balancedSubset,
  classCounts,
  createRng,
  restoreModelState,
  subset,
  tailClasses,
  type Classifier,
} from 'lt-robust';

import type {Evaluation} from '../shared/networksPage';
import {passesOf, planOf, type Passes, type Plan} from './budget';
import {
  collapseOf,
  evaluate,
  measure,
  measureAutoAttack,
  pgd,
  scoresOf,
  type MeasuredClasses,
  type Scores,
} from './measure';
import {hasTeacher, type MethodName} from './methodNames';
import {methodOf} from './methods';
import {takeSamples, type Sample} from './samples';
import {EVALUATION_STEPS, RARE_CLASSES, type DemoSettings, type Job} from './settings';
import {makeSplits, type Splits} from './splits';
import {trainTeacher, type TeacherFigures} from './teacher';
import {createNetwork, trainNetwork, type EpochFigures, type TrainingWatch} from './training';

/** What a worker returns of one run: plain data. */
export interface RunResult {
  readonly method: MethodName;
  readonly seed: number;
  readonly backend: string;
  readonly classNames: readonly string[];
  readonly classCounts: readonly number[];
  readonly measured: MeasuredClasses;
  /** Images of the balanced set. */
  readonly balancedImages: number;
  readonly validationFrom: Splits['validationFrom'];
  readonly imageShape: readonly number[];
  readonly plan: Plan;
  readonly attackSteps: number;
  readonly passes: Passes;
  /** Of training, a teacher's included, without the measurements. */
  readonly seconds: number;
  readonly teacher: TeacherFigures | null;
  readonly history: readonly EpochFigures[];
  readonly last: Scores;
  /** The epoch with the highest PGD-20 accuracy on the validation split. */
  readonly best: {readonly epoch: number; readonly scores: Scores};
  /** Why a training of this run has collapsed; null where none has. */
  readonly collapse: string | null;
  /** Of the network as it was after its last epoch. */
  readonly samples: readonly Sample[];
  /** The same network on the test set. */
  readonly evaluation: Evaluation;
}

/** What the report keeps of a run. */
export type KeptRun = Omit<RunResult, 'samples' | 'evaluation'>;

/** What a run has beside its job. */
export interface RunContext {
  /** Where teachers are kept for runs that share them. */
  readonly cacheFolder: string;
  readonly code: string;
  readonly backend: string;
  readonly watch: TrainingWatch;
}

/** Trains one method on one seed's data and measures its last and its best checkpoint. */
export async function runMethod(
  {method, seed, settings}: Job,
  {cacheFolder, code, backend, watch}: RunContext,
): Promise<RunResult> {
  const rng = createRng(seed);
  const splits = await makeSplits(settings, rng.fork('data'));
  const {train: longTailed, test, classNames, validationFrom} = splits;
  const counts = classCounts(longTailed.labels, longTailed.numClasses);
  const measured = {
    tail: tailClasses(counts, settings.tail),
    rare: tailClasses(counts, Math.min(RARE_CLASSES, counts.length)),
  };
  const balanced = subset(
    longTailed,
    balancedSubset(longTailed.labels, longTailed.numClasses, {
      ...{gamma: settings.gamma, rng: rng.fork('balancedSubset')},
    }),
  );
  const plan = planOf(method, settings, {
    ...{longTailed: longTailed.labels.length, balanced: balanced.labels.length},
  });

  const teacher =
    plan.teacher === null
      ? null
      : await trainTeacher({
          ...{seed, settings, plan: plan.teacher, balanced, test, classNames, measured, rng},
          ...{cacheFolder, code, watch},
        });
  const stream = method === 'teacher' ? 'teacher' : 'student';
  const model = await createNetwork(longTailed, settings, rng.fork('weights').fork(stream));
  try {
    const parts = {
      attack: pgd(settings, settings.attackSteps),
      ...{classCounts: counts, teacher: teacher?.classifier},
    };
    const validate = async (classifier: Classifier) => {
      const stream = rng.fork('validation');
      const scores = await measure(classifier, splits.validation, measured, settings, stream);
      return {pgd20: scores.pgd20, clean: scores.clean, rarePgd20: scores.rarePgd20};
    };
    const data = method === 'teacher' ? balanced : longTailed;
    const {result, history, seconds} = await trainNetwork(
      ...[model, methodOf(method, settings, parts), data, plan.main, settings],
      {
        ...{phase: hasTeacher(method) ? 'student' : 'train', rng: rng.fork(stream)},
        ...{learningRate: learningRateOf(method, settings), watch, validate},
        bySquareRoot: method === 'root-bsl',
      },
    );
    const report = await evaluate(model, test, measured, settings, rng.fork('test'));
    const last = {
      ...scoresOf(report),
      tailAutoAttack: await measureAutoAttack(
        ...[model, test, measured.tail, settings, rng.fork('autoAttack')],
      ),
    };
    const attack = pgd(settings, EVALUATION_STEPS);
    const samples = await takeSamples(model, test, attack, rng.fork('samples'));
    const epoch = result.best.epoch;
    restoreModelState(model, result.best.state);
    const best =
      epoch === plan.main.epochs
        ? last
        : await measure(model, test, measured, settings, rng.fork('test'));
    const collapse = collapseOf(last, classNames);
    const taught = teacher?.figures.collapse ?? null;
    return {
      ...{method, seed, backend, classNames, classCounts: counts, measured, validationFrom},
      balancedImages: balanced.labels.length,
      imageShape: model.inputs[0]?.shape.slice(1).map(Number) ?? [],
      ...{plan, attackSteps: settings.attackSteps},
      passes: passesOf(method, plan, settings.attackSteps),
      seconds: seconds + (teacher?.figures.seconds ?? 0),
      teacher: teacher?.figures ?? null,
      ...{history, last, best: {epoch, scores: best}, samples},
      evaluation: {report, labels: Array.from(test.labels)},
      collapse: collapse ?? (taught === null ? null : `its teacher: ${taught}`),
    };
  } finally {
    model.dispose();
    teacher?.dispose();
  }
}

const learningRateOf = (method: MethodName, settings: DemoSettings): number =>
  method === 'teacher' ? settings.teacherLearningRate : settings.learningRate;
