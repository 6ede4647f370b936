import type {ImageWindow} from './images';

/** Where images are changed: their values lie one image after another. */
export interface Canvas {
  /** The best values so far of every example of the problem, in its order; not to be changed. */
  readonly best: Float32Array;
  /** Copies of the examples in the search, to be changed. */
  readonly candidates: Float32Array;
}

/**
 * Changes one example.
 *
 * @param row - Of the problem.
 * @param canvas - See {@link Canvas}.
 * @param at - Where its copy begins among the candidates.
 * @returns The entries of the image that it may have changed.
 */
export type Change = (row: number, canvas: Canvas, at: number) => Int32Array;

/** What an iteration changes in all examples. */
export interface SharedChange {
  readonly apply: Change;
  /** Where; absent where it is not one square, the same in all examples. */
  readonly window?: ImageWindow;
}

/** How the search changes images in one norm. */
export interface Moves {
  /** Writes the point at which the search of an example starts. */
  start(row: number, image: Float32Array): void;
  /** The change of an iteration, from 0, with what all examples share drawn once. */
  change(iteration: number): SharedChange;
  /** Called where the candidate of an example has become its best. */
  accepted(row: number): void;
}
