import type {Preset} from './preset';

/** One row of an experiment. */
export interface ExperimentRow {
  /** What the paper calls it: `'AT-BSL'`. */
  readonly label: string;
  /** What rows with the same label differ in: `'IR 50'`. */
  readonly group?: string | undefined;
  /** How it is computed. */
  readonly preset: Preset;
}

/** A table or a figure of the paper whose numbers come from trainings. */
export interface Experiment {
  /** `'table1'` to `'table10'`, `'figure1'`, `'figure4'` to `'figure8'`. */
  readonly name: string;
  /** What it shows. */
  readonly title: string;
  /** What is computed for it. */
  readonly rows: readonly ExperimentRow[];
  /** How many times each row is run, with a new seed each time. */
  readonly seeds: number;
  /** Radius of the PGD-20 that measures it; 8/255 except for Figure 4. */
  readonly epsilon: number;
}
