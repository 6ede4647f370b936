import {at} from '../../core/at';

/** The step size of each example of a batch, and the losses that decide it. */
export interface StepControl {
  /** `[batch]` current step sizes. */
  readonly stepSizes: Float64Array;
  /** `[batch]` highest loss so far. */
  readonly best: Float64Array;
  /** Notes the loss at the start, the highest so far. */
  readonly start: (position: number, loss: number) => true;
  /** Notes the loss of an iterate; returns whether it is the highest so far. */
  readonly observe: (position: number, loss: number) => boolean;
  /**
   * Halves the step of an example whose search has stalled over a window.
   *
   * @param length - Iterations of the window that ends.
   * @returns Whether it did: then the example goes on from its best point.
   */
  readonly endWindow: (position: number, length: number) => boolean;
}

/** What a {@link StepControl} starts from. */
export interface StepControlOptions {
  /** `[batch]` first step sizes. */
  readonly stepSizes: ArrayLike<number>;
  /** ρ: fraction of the steps of a window that must raise the loss. */
  readonly rho: number;
  /** What the loss after the first step is compared with: 0 as in the code, or that at the start. */
  readonly firstComparison: 'zero' | 'start';
}

/**
 * The rule of APGD for step sizes, example by example.
 *
 * @see Croce & Hein 2020, Sec. 3.2, conditions 1 and 2; the first of them with ≤, as in the code.
 */
export function createStepControl(options: StepControlOptions): StepControl {
  const stepSizes = Float64Array.from(options.stepSizes);
  const zeros = () => new Float64Array(stepSizes.length);
  const [best, previous, bestAtCheckpoint, rises] = [zeros(), zeros(), zeros(), zeros()];
  // 1 where the last checkpoint halved the step; at first too, so that condition 2 has to wait.
  const halved = new Uint8Array(stepSizes.length).fill(1);
  return {
    stepSizes,
    best,
    start: (position, loss) => {
      best[position] = loss;
      bestAtCheckpoint[position] = loss;
      // The official code keeps losses in a table and compares with the row before, which for the
      // first row is the last.
      previous[position] = options.firstComparison === 'zero' ? 0 : loss;
      return true;
    },
    observe: (position, loss) => {
      if (loss > at(previous, position)) rises[position] = at(rises, position) + 1;
      previous[position] = loss;
      if (!(loss > at(best, position))) return false;
      best[position] = loss;
      return true;
    },
    endWindow: (position, length) => {
      const tooFewRises = at(rises, position) <= options.rho * length;
      const noProgress =
        halved[position] === 0 && at(bestAtCheckpoint, position) >= at(best, position);
      const halves = tooFewRises || noProgress;
      halved[position] = Number(halves);
      bestAtCheckpoint[position] = at(best, position);
      rises[position] = 0;
      if (halves) stepSizes[position] = at(stepSizes, position) / 2;
      return halves;
    },
  };
}
