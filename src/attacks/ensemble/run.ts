import type * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../../core/classifier';
import {predictedClass, rowOf} from '../verdict/logits';
import type {EnsembleSettings} from './ensembleSettings';
import type {EnsembleState} from './state';

/** A run: the evaluation's inputs and what is known so far. */
export interface Run<I extends tf.Tensor> {
  readonly classify: Classifier<I>;
  readonly x: I;
  readonly labels: Int32Array;
  readonly logits: Float32Array;
  readonly numClasses: number;
  readonly settings: EnsembleSettings<I>;
  readonly state: EnsembleState;
}

/** What is known once the clean predictions are: who is misclassified. */
export function initialState<I extends tf.Tensor>(
  fingerprint: string,
  labels: Int32Array,
  logits: Float32Array,
  numClasses: number,
  {components}: EnsembleSettings<I>,
): EnsembleState {
  return {
    format: 1,
    fingerprint,
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
      ...{attacked: 0, forward: 0, backward: 0, queries: 0, zeroGradient: 0, elapsedMs: 0},
    })),
    points: {},
    nonFinite: [],
    unconfirmed: 0,
    warnings: [],
    baseline: null,
    diagnosticForward: 0,
    diagnosticBackward: 0,
    elapsedMs: 0,
  };
}
