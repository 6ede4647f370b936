import type {ATTACKS} from './attacks';
import type {AUGMENTATIONS} from './augmentations';
import type {ConfigOf} from './entry';
import type {HEADS} from './heads';
import type {METHODS} from './methods';
import type {OPTIMIZERS} from './optimizers';
import type {SAMPLERS} from './samplers';
import type {SCHEDULES} from './schedules';
import type {WRAPPERS} from './wrappers';

import type {Averaging} from '../training/averaging';

/** What one training computes, as plain data: names and their options. */
export interface TrainingExperiment {
  /** The training method: its name, or `{name, ...options}`. */
  readonly method: ConfigOf<typeof METHODS>;
  /** Wrappers around the method, the innermost first. @defaultValue none */
  readonly wrappers?: readonly ConfigOf<typeof WRAPPERS>[] | undefined;
  /**
   * Attack that the method trains against. @defaultValue the attack that the method was published
   * with
   */
  readonly attack?: ConfigOf<typeof ATTACKS> | undefined;
  /** What applies the gradients. @defaultValue sgd, rate 0.1, momentum 0.9, weight decay 5e-4 */
  readonly optimizer?: ConfigOf<typeof OPTIMIZERS> | undefined;
  /** The course of the learning rate. @defaultValue constant */
  readonly schedule?: ConfigOf<typeof SCHEDULES> | undefined;
  /** How the examples of an epoch are drawn. @defaultValue shuffled */
  readonly sampler?: ConfigOf<typeof SAMPLERS> | undefined;
  /** Which weights are scored. @defaultValue 'none' */
  readonly averaging?: Averaging | undefined;
  /** Random changes of the images, in turn. @defaultValue none */
  readonly augmentation?: readonly ConfigOf<typeof AUGMENTATIONS>[] | undefined;
  /** Head that is scored in place of the model. @defaultValue the model itself */
  readonly head?: ConfigOf<typeof HEADS> | undefined;
  /** Stops where the training overfits to its own attack, see `Recipe`. @defaultValue none */
  readonly overfittingStop?: {readonly fall?: number | undefined} | undefined;
  /** Passes over the dataset. @defaultValue 100 */
  readonly epochs?: number | undefined;
  /** Examples of a step. @defaultValue 128 */
  readonly batchSize?: number | undefined;
  /** Leave out the last batch of an epoch if it is smaller. @defaultValue false */
  readonly dropLast?: boolean | undefined;
  /** Which variance of a batch enters batch norm's running one. @defaultValue 'biased' */
  readonly bnVariance?: 'biased' | 'unbiased' | undefined;
  /** Add the model's kernel regularisers to the loss. @defaultValue true */
  readonly regularizers?: boolean | undefined;
}

/** The balanced set of the paper: the same number of examples of every class, drawn once. */
export interface BalancedData {
  readonly name: 'balanced';
  /**
   * Examples of each class, as a multiple of those of the smallest class. @defaultValue 'auto':
   * half the imbalance ratio
   */
  readonly gamma?: number | 'auto' | undefined;
  /** How classes that are too small fill up. @defaultValue 'with-replacement' */
  readonly upsample?: 'with-replacement' | 'repeat' | undefined;
  /** Whether the set is drawn anew in each epoch. @defaultValue 'once' */
  readonly resample?: 'once' | 'per-epoch' | undefined;
}

/** A teacher that is trained first. */
export interface TeacherExperiment extends TrainingExperiment {
  /** What it is trained on. @defaultValue 'all' */
  readonly data?: 'all' | 'balanced' | BalancedData | undefined;
  /** Which of its epochs teaches. @defaultValue 'last' */
  readonly checkpoint?: 'last' | 'best' | undefined;
}

/** An experiment as plain data, to be kept in a JSON file. */
export interface Experiment extends TrainingExperiment {
  /** What it is called in reports. @defaultValue none */
  readonly name?: string | undefined;
  /**
   * The teachers that are trained first, by the names under which the method and the wrappers ask for
   * them. Other names are those of models that are handed over. @defaultValue none
   */
  readonly teachers?: Readonly<Record<string, TeacherExperiment>> | undefined;
}
