import type {Averaging} from '../training/averaging';
import type {Named} from './entry';
import type {BalancedData, Experiment} from './experiment';

/** A training with every name spelt out as `{name, ...options}`. */
export interface CheckedTraining {
  readonly method: Named;
  readonly wrappers: readonly Named[];
  readonly attack?: Named | undefined;
  readonly optimizer?: Named | undefined;
  readonly schedule?: Named | undefined;
  readonly sampler?: Named | undefined;
  readonly averaging?: Averaging | undefined;
  readonly augmentation: readonly Named[];
  readonly head?: Named | undefined;
  readonly overfittingStop?: {readonly fall?: number | undefined} | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly dropLast?: boolean | undefined;
  readonly bnVariance?: 'biased' | 'unbiased' | undefined;
  readonly regularizers?: boolean | undefined;
}

/** A teacher with every name spelt out. */
export interface CheckedTeacher extends CheckedTraining {
  readonly data?: 'all' | 'balanced' | BalancedData | undefined;
  readonly checkpoint?: 'last' | 'best' | undefined;
}

/** An experiment with every name spelt out. */
export interface CheckedExperiment extends CheckedTraining {
  readonly name?: string | undefined;
  readonly teachers: Readonly<Record<string, CheckedTeacher>>;
}

/** An experiment as it is written down, or as it was checked. */
export type WrittenExperiment = Experiment | CheckedExperiment | CheckedTraining;
