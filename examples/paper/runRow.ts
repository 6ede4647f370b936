import {createHash} from 'node:crypto';

import {
  createRng,
  isUnusableGradientError,
  restoreModelState,
  type CheckpointStore,
  type ProgressCallback,
} from 'lt-robust';
import {fileCheckpoints} from 'lt-robust/node';
import {trainPreset, type PresetStageName, type TrainedStage} from 'lt-robust/presets';

import {isMeasured} from '../demo/training';
import {collapseOf} from '../demo/measure';
import {readRowData, type RowData} from './data';
import type {Evaluation} from '../shared/networksPage';
import {evaluateRow, measureAutoAttack, rowScores, type RowScores} from './measure';
import type {Job} from './settings';

/** One epoch; the accuracies are of the validation images, where they were measured. */
export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  readonly clean?: number;
  readonly pgd?: number;
  readonly tailPgd?: number;
}

/** What one run gives: plain data. */
export interface RunResult {
  readonly id: string;
  readonly seed: number;
  readonly backend: string;
  /** Hashes of the code that computed it; more than one where it was resumed by other code. */
  readonly code: readonly string[];
  readonly classCounts: readonly number[];
  readonly classNames: readonly string[];
  readonly tail: readonly number[];
  readonly testImages: number;
  readonly parameters: number;
  readonly last: RowScores;
  readonly best: {readonly epoch: number; readonly scores: RowScores};
  /** The teacher's last epoch; null where there is none. */
  readonly teacher: RowScores | null;
  readonly history: readonly EpochFigures[];
  /** Images seen in training steps, the teacher's among them. */
  readonly imageSteps: number;
  /** Of training, without the measurements, nor a teacher that another run had trained. */
  readonly seconds: number;
  /** Why the training has collapsed; null where it has not. */
  readonly collapse: string | null;
  /** The last epoch on the test set. */
  readonly evaluation: Evaluation;
}

/** What the report keeps of a run. */
export type KeptRun = Omit<RunResult, 'evaluation'>;

/** How a run is watched and kept. */
export interface RowRun {
  /** Where its checkpoints are. */
  readonly folder: string;
  readonly backend: string;
  readonly code: string;
  readonly onProgress: ProgressCallback;
  readonly onMeasured: (pgd: number) => void;
}

/** A short name of what decides a training. */
export const keyOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

// What of the images and the seed decides a training.
const trainedOn = ({preset, seed, settings: {data, maxCount}}: Job) => ({
  ...{source: data, maxCount, ratio: preset.dataset.imbalanceRatio, seed},
});

/** What rows that train the same teacher from the same seed call it. */
export const teacherKeyOf = (job: Job): string =>
  `teacher ${keyOf({stage: job.preset.teacher, onWhat: trainedOn(job)})}`;

/** Trains one preset from one seed, or goes on with it, and measures its last and its best epoch. */
export async function runRow(job: Job, run: RowRun): Promise<RunResult> {
  const {preset, seed, epsilon, settings} = job;
  const data = await readRowData(preset.dataset, settings);
  const {train: dataset, validation, test} = data;
  const rng = createRng(seed);
  const checkpoints = fileCheckpoints(run.folder);
  const {validationPerClass, evaluateEvery} = settings;
  const onWhat = trainedOn(job);
  const key = `${preset.id} ${keyOf({preset, onWhat, validationPerClass, evaluateEvery, epsilon})}`;
  const clock = await openClock(checkpoints, `${key}/clock`, run.code);

  const every = evaluateEvery;
  const trained = await trainPreset(preset, dataset, {
    ...{rng, checkpoints, checkpointKey: key, selectBy: 'pgd', onProgress: run.onProgress},
    teacherKey: teacherKeyOf(job),
    async evaluate(model, {phase, epoch, epochs}) {
      clock.pause();
      const isDue =
        every === null ? isMeasured(epoch, epochs) : epoch === epochs || epoch % every === 0;
      if (phase !== 'main' || !isDue) return undefined;
      const stream = rng.fork('validation');
      const {clean, pgd, tailPgd} = rowScores(
        await evaluateRow(model, validation, data, job, stream),
      );
      run.onMeasured(pgd);
      return {clean, pgd, tailPgd};
    },
    onEpoch: (record, stage) => clock.tick(stage, record.epoch),
  });

  const evaluateStage = ({classifier}: TrainedStage): Promise<Evaluation> =>
    evaluateRow(classifier, test, data, job, rng.fork('test'), shownAs('test', run));
  const scoreStage = async (
    stage: TrainedStage,
    name: string,
    evaluation: Evaluation,
  ): Promise<RowScores> => {
    const scores = rowScores(evaluation);
    const options = {
      ...{rng: rng.fork('autoAttack'), checkpoints, checkpointKey: `${key}/aa/${name}`},
      onProgress: shownAs('AutoAttack', run),
    };
    const autoAttack = await measureAutoAttack(stage.classifier, test, job, options).catch(
      noGradient,
    );
    return {...scores, autoAttack: autoAttack ?? null};
  };
  const {model, result, teacher} = trained;
  try {
    const evaluation = await evaluateStage(trained);
    const last = await scoreStage(trained, 'last', evaluation);
    const taught = teacher === null ? null : rowScores(await evaluateStage(teacher));
    const {epoch, state} = result.best;
    restoreModelState(model, state);
    const isLast = epoch === result.last.epoch;
    const best = {
      epoch,
      scores: isLast ? last : await scoreStage(trained, 'best', await evaluateStage(trained)),
    };
    return {
      ...{id: preset.id, seed, backend: run.backend, code: clock.codes()},
      ...{classCounts: data.classCounts, classNames: data.classNames, tail: data.tail},
      ...{testImages: test.labels.length, parameters: model.countParams()},
      ...{last, best, teacher: taught},
      history: result.history.map(({epoch: at, loss, metrics}) => ({epoch: at, loss, ...metrics})),
      imageSteps: imageSteps(job, data),
      seconds: clock.seconds(),
      collapse: collapseOf(last, data.classNames),
      evaluation,
    };
  } finally {
    model.dispose();
    teacher?.model.dispose();
  }
}

const shownAs =
  (phase: string, {onProgress}: Pick<RowRun, 'onProgress'>): ProgressCallback =>
  (progress) =>
    onProgress({...progress, phase});

// A network that collapsed to a constant has no gradient; AutoAttack then says nothing.
function noGradient(error: unknown): null {
  if (isUnusableGradientError(error)) return null;
  throw error;
}

/** Images that the trainings of a job see. */
export function imageSteps({preset: {main, teacher}}: Job, {classCounts}: RowData): number {
  const whole = classCounts.reduce((sum, count) => sum + count, 0);
  const [most, least] = [Math.max(...classCounts), Math.min(...classCounts)];
  const sizeOf = ({balanced}: typeof main) =>
    balanced === null
      ? whole
      : classCounts.length *
        Math.max(least, Math.floor(balanced.gammaPerRatio * most * (1 + 1e-12)));
  const stages = teacher === null ? [main] : [teacher, main];
  return stages.reduce((sum, stage) => {
    const {batchSize, dropLast, epochs} = stage;
    const size = sizeOf(stage);
    return sum + epochs * (dropLast ? size - (size % batchSize) : size);
  }, 0);
}

interface Clock {
  /** The training waits for a measurement. */
  pause(): void;
  /** An epoch has ended and been measured. */
  tick(stage: PresetStageName, epoch: number): Promise<void>;
  seconds(): number;
  codes(): readonly string[];
}

// Seconds of each epoch, kept from one start of the program to the next.
async function openClock(store: CheckpointStore, key: string, code: string): Promise<Clock> {
  const saved = (await store.load(key)) as
    {seconds: Record<string, number>; codes: readonly string[]} | undefined;
  const seconds: Record<string, number> = {...saved?.seconds};
  const codes = [...new Set([...(saved?.codes ?? []), code])];
  let started = performance.now();
  let paused = started;
  return {
    pause() {
      paused = performance.now();
    },
    async tick(stage, epoch) {
      seconds[`${stage} ${epoch}`] = (paused - started) / 1000;
      started = performance.now();
      await store.save(key, {seconds, codes});
    },
    seconds: () => Object.values(seconds).reduce((sum, value) => sum + value, 0),
    codes: () => codes,
  };
}
