import type {Classifier} from '../core/classifier';
import {adjustedClassifier} from '../models/adjustedClassifier';
import {entriesOf, number, type Table} from './entry';
import type {LossParts} from './losses';
import {withIdentity} from '../core/identity';

type Head = (model: Classifier) => Classifier;

const entry = entriesOf<LossParts, Head>();

/** Classifiers made from the trained model, which are scored and attacked in its place. */
export const HEADS = {
  adjusted: entry(
    "scale · z - tau · log of the class frequencies: RoBal's inference form",
    {scale: number, tau: number},
    (options, {classCounts}) =>
      withIdentity((model: Classifier) => adjustedClassifier(model, classCounts, options), {
        ...{name: 'adjusted', classCounts, ...options},
      }),
  ),
} satisfies Table<LossParts, Head>;
