import * as tf from '@tensorflow/tfjs-core';

import {ensembleSettings} from '../../src/attacks/autoAttack/autoAttack';
import type {AutoAttackOptions} from '../../src/attacks/autoAttack/autoAttack';
import {initialState, type Run} from '../../src/attacks/autoAttack/run';
import type {Classifier} from '../../src/core/classifier';
import {featureThreat} from '../../src/core/featureThreat';
import {createRng} from '../../src/core/rng';
import {soundExamples, soundModel} from './brokenModels';

/** An evaluation that has its clean predictions and nothing else; `dispose` its inputs. */
export function ensembleRun(
  count: number,
  options: Partial<AutoAttackOptions> = {},
  {model = soundModel, wrong = []}: {model?: Classifier; wrong?: readonly number[]} = {},
): Run<tf.Tensor4D> & {dispose: () => void} {
  const {x, labels} = soundExamples(count);
  const truth = Int32Array.from(labels.dataSync(), (label, row) =>
    wrong.includes(row) ? (label + 1) % 4 : label,
  );
  const given = ensembleSettings('autoAttack', x, labels, {
    ...{epsilon: 0.05, steps: 5, queries: 20, rng: createRng(3)},
    ...options,
  });
  const settings = {...given, ...featureThreat('autoAttack', given, x.shape)};
  const logits = tf.tidy(() => soundModel(x).dataSync<'float32'>().slice());
  return {
    ...{classify: model, frozen: model, x, labels: truth, logits, numClasses: 4, settings},
    state: initialState(truth, logits, 4, settings),
    dispose: () => {
      tf.dispose([x, labels]);
    },
  };
}
