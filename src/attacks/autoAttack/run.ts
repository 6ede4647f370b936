import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {forExamples} from '../../core/byExample';
import type {Classifier} from '../../core/classifier';
import type {Own} from '../../core/memory';
import {threatOfRows} from '../../core/threatModel';
import {takeRows} from '../../math/rows';
import {predictedClass, rowOf} from '../search/logits';
import type {Problem} from '../search/problem';
import type {EnsembleSettings} from './ensembleSettings';
import type {EnsembleState} from './ensembleState';

/** A run: the evaluation's inputs and what is known so far. */
export interface Run<I extends tf.Tensor> {
  /** The model as it is: predicts, and verifies. */
  readonly classify: Classifier<I>;
  /** The model with its weights frozen: what is attacked. */
  readonly frozen: Classifier<I>;
  readonly x: I;
  readonly labels: Int32Array;
  readonly logits: Float32Array;
  readonly numClasses: number;
  readonly settings: EnsembleSettings<I>;
  readonly state: EnsembleState;
}

// Number of examples whose logits tell one model from another.
const REMEMBERED = 16;

/** What is known once the clean predictions are: who is misclassified. */
export function initialState<I extends tf.Tensor>(
  labels: Int32Array,
  logits: Float32Array,
  numClasses: number,
  {components}: EnsembleSettings<I>,
): EnsembleState {
  return {
    logits: Array.from(logits.subarray(0, REMEMBERED * numClasses)),
    component: 0,
    pending: null,
    samples: Array.from(labels, (label, row) => {
      const prediction = predictedClass(rowOf(logits, row, numClasses));
      return {
        verdict: prediction === label ? 'robust' : 'misclassified',
        ...{component: -1, target: -1, prediction, distance: 0},
        ...{forward: 1, backward: 0, queries: 0},
      };
    }),
    components: components.map(() => ({
      ...{
        attacked: 0,
        forward: 0,
        backward: 0,
        queries: 0,
        zeroGradient: 0,
        nonFiniteGradient: 0,
        elapsedMs: 0,
      },
    })),
    points: {},
    nonFinite: [],
    blackBoxOnly: null,
    unconfirmed: 0,
    warnings: [],
    baseline: null,
    diagnosticForward: 0,
    diagnosticBackward: 0,
    elapsedMs: 0,
  };
}

/**
 * The problem of a component of an ensemble on some examples, with the weights frozen.
 *
 * @param run - The evaluation.
 * @param component - Name of the component: noise is keyed by it.
 * @param rows - The examples.
 * @param own - Takes over the examples' tensor.
 * @param pause - As in {@link Problem}.
 */
export function problemOf<I extends tf.Tensor>(
  run: Run<I>,
  component: string,
  rows: readonly number[],
  own: Own,
  pause: Problem<I>['pause'],
): Problem<I> {
  const {frozen, x, labels, logits, numClasses, settings} = run;
  const {where, quantize, exampleIds, rng, earlyStop} = settings;
  return {
    where: `${where} (${component})`,
    model: forExamples(frozen, rows),
    x: own(takeRows(x, Int32Array.from(rows))),
    labels: Int32Array.from(rows, (row) => at(labels, row)),
    logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
    numClasses,
    threat: threatOfRows(settings, rows),
    levels: quantize,
    ids: Int32Array.from(rows, (row) => exampleIds?.[row] ?? row),
    rng: rng.fork(component),
    earlyStop,
    pause,
  };
}
