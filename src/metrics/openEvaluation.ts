import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {EvaluationAttack} from '../core/attack';
import {forExamples} from '../core/byExample';
import type {CheckpointStore, CheckpointValue} from '../core/checkpoint';
import type {Classifier} from '../core/classifier';
import {computedOn} from '../core/computedOn';
import type {Dataset} from '../core/dataset';
import {batchAt} from '../core/datasets/batchAt';
import {fingerprintOf} from '../core/fingerprint';
import {hashOf, identityOf, type Difference} from '../core/identity';
import {disposeAfter} from '../core/memory';
import type {Rng} from '../core/rng';
import {logitsAt} from '../math/logitsAt';
import {loadRun, refuseDifferences, saveRun, type RunPlace} from '../core/savedRun';
import type {AttackAnswer, EvaluationState, SavedEvaluation} from './evaluationState';

/** What decides the numbers of an evaluation. */
export interface Evaluation<I extends tf.Tensor> {
  readonly classify: Classifier<I>;
  readonly dataset: Dataset<I>;
  readonly indices: Int32Array;
  readonly attacks: Readonly<Record<string, EvaluationAttack<I>>>;
  readonly rng: Rng | undefined;
  readonly strict: boolean;
  readonly predictions: boolean;
  /** Runs an attack on some examples, as the evaluation would. */
  readonly answer: (name: string, ids: Int32Array) => Promise<AttackAnswer>;
}

/** An evaluation's place in a store of checkpoints. */
export interface OpenEvaluation {
  /** Where the evaluation stood; `undefined`: at its start. */
  readonly state: EvaluationState | undefined;
  /** Saves the state after a batch. */
  save(state: EvaluationState): Promise<void>;
}

const EXAMPLES = 16; // number of examples whose inputs and clean logits are saved
const PROBED = 4; // number of examples on which every attack is run again

/**
 * Opens the checkpoint of an evaluation and checks that it is of this one: by its description, by the
 * model's clean logits, and by what each attack does to a few examples, since the values that a
 * closure captured cannot be described.
 *
 * @param store - The store; without one nothing is loaded or saved.
 * @throws {@link CheckpointMismatchError} if it is of another evaluation.
 */
export async function openEvaluation<I extends tf.Tensor>(
  where: string,
  store: CheckpointStore | undefined,
  key: string,
  evaluation: Evaluation<I>,
): Promise<OpenEvaluation> {
  if (store === undefined) return {state: undefined, save: () => Promise.resolve()};
  const {classify, dataset, indices, attacks, rng, strict, predictions, answer} = evaluation;
  const {logits, sample} = await look(where, evaluation);
  const place: RunPlace = {
    ...{where, store, key, kind: 'evaluation of a dataset 1'},
    identity: await identityOf({
      model: classify,
      attacks,
      ...{strict, predictions, numClasses: dataset.numClasses},
      examples: fingerprintOf([indices]),
      labels: fingerprintOf([indices.map((id) => dataset.labels[id] ?? -1)]),
      sample,
      seed: rng?.state().slice(0, 2) ?? 'none',
    }),
  };
  const probed = indices.slice(0, PROBED);
  const ask = async (): Promise<AttackAnswer[]> => {
    const answers: AttackAnswer[] = [];
    for (const name of Object.keys(attacks)) answers.push(await answer(name, probed));
    return answers;
  };
  const backend = computedOn();
  const truth = indices.map((id) => dataset.labels[id] ?? -1);
  const saved = await loadRun(place, async () => {
    const {evaluationSchema} = await import('./evaluationSchema');
    const {numClasses} = dataset;
    return evaluationSchema({truth, numClasses, attacks: Object.keys(attacks).length, predictions});
  });
  if (saved !== undefined) {
    refuseDifferences(place, logitDifferences(saved.logits, logits));
    const names = Object.keys(attacks);
    const first = answerDifferences(names, saved, await ask(), backend);
    // An attack that is random and has no seed gives another result each time: a difference proves
    // nothing.
    const isChance =
      first.length > 0 && !isEqual(first, answerDifferences(names, saved, await ask(), backend));
    if (!isChance) refuseDifferences(place, first);
  }
  let answers = saved?.answers;
  return {
    state: saved?.state,
    async save(state) {
      answers ??= await ask();
      await saveRun(place, {state, logits, backend, answers} as unknown as CheckpointValue);
    },
  };
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

// The inputs of a few examples, hashed, and the model's logits on them.
function look<I extends tf.Tensor>(where: string, {classify, dataset, indices}: Evaluation<I>) {
  return disposeAfter(async (own) => {
    const first = indices.slice(0, EXAMPLES);
    const {x, labels, exampleIds = first} = await batchAt(where, dataset, first);
    own([x, labels]);
    const logits = own(logitsAt(where, forExamples(classify, exampleIds), x));
    return {logits: Array.from(await logits.data<'float32'>()), sample: await hashOf([x])};
  });
}

function logitDifferences(saved: readonly number[], now: readonly number[]): Difference[] {
  const scale = Math.max(1e-6, ...saved.map(Math.abs));
  const isSame =
    saved.length === now.length && saved.every((z, i) => Math.abs(z - at(now, i)) <= 1e-3 * scale);
  if (isSame) return [];
  const field = 'model (first logits on the clean examples)';
  return [{field, saved: saved.slice(0, 3), now: now.slice(0, 3)}];
}

function answerDifferences(
  names: readonly string[],
  {answers, backend: before}: SavedEvaluation,
  now: readonly AttackAnswer[],
  backend: string,
): Difference[] {
  // The last digits differ between backends, and with them an example on the decision boundary.
  const tolerance = before === backend ? 0 : 0.05;
  return names.flatMap((name, i) => {
    const [was, is] = [answers[i], now[i]];
    if (was === undefined || is === undefined) return [];
    const gap = Math.abs(was.perturbation - is.perturbation);
    const isSame = gap <= tolerance * was.perturbation && (tolerance > 0 || isEqual(was, is));
    const field = `attacks.${name} on a few examples`;
    return isSame ? [] : [{field, saved: {...was}, now: {...is}}];
  });
}
