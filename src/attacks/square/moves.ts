/**
 * Changes one example.
 *
 * @param row - Of the problem.
 * @param best - Its best values so far; unchanged.
 * @param candidate - The same values, to be changed.
 * @returns Where the pixels begin that it may have changed.
 */
export type Change = (row: number, best: Float32Array, candidate: Float32Array) => Int32Array;

/** How the search changes images in one norm. */
export interface Moves {
  /** Values of the point at which the search of an example starts. */
  start(row: number): Float32Array;
  /** The change of an iteration, from 0, with what all examples share drawn once. */
  change(iteration: number): Change;
}
