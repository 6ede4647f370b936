import type * as tf from '@tensorflow/tfjs-core';
import {restoreModelState, type Dataset, type ModelState, type Rng} from 'lt-robust';

import type {StagePlan} from './budget';
import {fileCache} from '../shared/fileCache';
import {collapseOf, measure, pgd, type MeasuredClasses, type Scores} from './measure';
import {methodOf} from './methods';
import {settingsOf, type DemoSettings} from './settings';
import {createNetwork, trainNetwork, type EpochFigures, type TrainingWatch} from './training';

/** What is reported of a teacher. */
export interface TeacherFigures {
  readonly seconds: number;
  readonly history: readonly EpochFigures[];
  readonly last: Scores;
  readonly collapse: string | null;
}

/** A trained teacher; the caller calls `dispose`. */
export interface Teacher {
  readonly classifier: (x: tf.Tensor4D) => tf.Tensor2D;
  readonly figures: TeacherFigures;
  readonly dispose: () => void;
}

/**
 * Trains the teacher of a two-stage method, or takes it from the cache: methods that differ only in
 * what they do with their teacher share it.
 */
export async function trainTeacher(of: {
  readonly seed: number;
  readonly settings: DemoSettings;
  readonly plan: StagePlan;
  readonly balanced: Dataset;
  readonly test: Dataset;
  readonly classNames: readonly string[];
  readonly measured: MeasuredClasses;
  readonly rng: Rng;
  readonly cacheFolder: string;
  readonly code: string;
  readonly watch: TrainingWatch;
}): Promise<Teacher> {
  const {
    seed,
    settings,
    plan,
    balanced,
    test,
    classNames,
    measured,
    rng,
    cacheFolder,
    code,
    watch,
  } = of;
  // The plan says how many image-steps it has.
  const read = {...settingsOf('teacher', settings), imageSteps: plan.imageSteps};
  const cache = fileCache<{state: ModelState; figures: TeacherFigures}>(cacheFolder, {
    ...{what: 'teacher-of-students', seed, plan, settings: read, code},
  });
  const model = await createNetwork(balanced, settings, rng.fork('weights').fork('teacher'));
  const found = await cache.load();
  const figures = found?.figures ?? (await learn());
  if (found !== undefined) restoreModelState(model, found.state);
  return {
    classifier: (x) => model.apply(x, {training: false}) as tf.Tensor2D,
    figures,
    dispose: () => void model.dispose(),
  };

  async function learn(): Promise<TeacherFigures> {
    const parts = {
      attack: pgd(settings, settings.attackSteps),
      classCounts: [],
      teacher: undefined,
    };
    const {result, history, seconds} = await trainNetwork(
      ...[model, methodOf('teacher', settings, parts), balanced, plan, settings],
      {
        ...{phase: 'teacher', learningRate: settings.teacherLearningRate, watch},
        rng: rng.fork('teacher'),
      },
    );
    const last = await measure(model, test, measured, settings, rng.fork('test'));
    const learned = {seconds, history, last, collapse: collapseOf(last, classNames)};
    await cache.save({state: result.last.state, figures: learned});
    return learned;
  }
}
