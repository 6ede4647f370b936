/** Where training stands. */
export interface Position {
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Optimisation step, counted from 1 over the whole training. */
  readonly step: number;
}
