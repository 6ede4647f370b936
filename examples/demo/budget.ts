import {hasTeacher, type MethodName} from './methodNames';
import type {DemoSettings} from './settings';

/** One training of one network: how many batches of how many images it sees. */
export interface StagePlan {
  /** The last one ends when the steps are used up. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Images of its training set. */
  readonly images: number;
  readonly steps: number;
  /** Images that it sees in these steps. */
  readonly imageSteps: number;
}

/** The trainings of a method. */
export interface Plan {
  /** The training on the balanced set that comes first; null where there is none. */
  readonly teacher: StagePlan | null;
  /** The training whose network the method gives. */
  readonly main: StagePlan;
}

/**
 * Splits the image-steps of the settings over the trainings of a method. Every method gets the same
 * number, to within one batch; a teacher's are part of its method's.
 *
 * @param images - How many images the long-tailed and the balanced training set have.
 */
export function planOf(
  method: MethodName,
  settings: DemoSettings,
  images: {readonly longTailed: number; readonly balanced: number},
): Plan {
  const {imageSteps, teacherShare, batchSize, teacherBatchSize} = settings;
  const balanced = (steps: number) => stage(steps, images.balanced, teacherBatchSize);
  if (method === 'teacher') return {teacher: null, main: balanced(imageSteps)};
  const teacher = hasTeacher(method) ? balanced(teacherShare * imageSteps) : null;
  const rest = imageSteps - (teacher?.imageSteps ?? 0);
  return {teacher, main: stage(rest, images.longTailed, batchSize)};
}

function stage(imageSteps: number, images: number, wantedBatchSize: number): StagePlan {
  const batchSize = Math.min(wantedBatchSize, images);
  const steps = Math.max(1, Math.round(imageSteps / batchSize));
  const epochs = Math.ceil(steps / batchesPerEpoch({images, batchSize}));
  return {epochs, batchSize, images, steps, imageSteps: steps * batchSize};
}

// An epoch leaves out the last, smaller batch.
const batchesPerEpoch = ({images, batchSize}: Pick<StagePlan, 'images' | 'batchSize'>): number =>
  Math.floor(images / batchSize);

/** Batches of an epoch, counted from 1: the last has what is left of the steps. */
export const batchesOf = (plan: StagePlan, epoch: number): number =>
  Math.min(batchesPerEpoch(plan), plan.steps - (epoch - 1) * batchesPerEpoch(plan));

/** Passes of images through a network. */
export interface Passes {
  readonly forward: number;
  readonly backward: number;
  /** Forward passes of the teacher while the student learns. */
  readonly teacherForward: number;
}

/** Passes of one image-step: `attackSteps` of PGD, then the step itself. */
export function passesPerImageStep(method: MethodName, attackSteps: number): Passes {
  const matches = method === 'paper' || method === 'kl+matching';
  const training = matches ? 2 : 1; // at x + δ and at x − δ
  return {
    forward: attackSteps + training,
    backward: attackSteps + training,
    teacherForward: hasTeacher(method) ? training : 0,
  };
}

/** The passes of so many image-steps. */
export const scalePasses = (each: Passes, imageSteps: number): Passes => ({
  forward: each.forward * imageSteps,
  backward: each.backward * imageSteps,
  teacherForward: each.teacherForward * imageSteps,
});

/** Passes of all trainings of a method. */
export function passesOf(method: MethodName, plan: Plan, attackSteps: number): Passes {
  const teacherSteps = plan.teacher?.imageSteps ?? 0;
  const teaching = scalePasses(passesPerImageStep('teacher', attackSteps), teacherSteps);
  const learning = scalePasses(passesPerImageStep(method, attackSteps), plan.main.imageSteps);
  return {
    forward: teaching.forward + learning.forward,
    backward: teaching.backward + learning.backward,
    teacherForward: learning.teacherForward,
  };
}
