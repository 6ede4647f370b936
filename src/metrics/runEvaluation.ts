import type * as tf from '@tensorflow/tfjs-core';

import type {AttackContext, EvaluationAttack} from '../core/attack';
import {withBatchNumber} from '../core/batchNumber';
import {forExamples} from '../core/byExample';
import {checkExamples} from '../core/checks/checkTensors';
import {alsoComputedOn} from '../core/computedOn';
import {batchAt} from '../core/datasets/batchAt';
import {disposeAfter} from '../core/memory';
import {breathe} from '../core/progress';
import {attackAndPredict, predict} from './attackAndPredict';
import {count, countsFrom, stateOf, sumOf, type Counts} from './evaluationCounts';
import type {AttackAnswer} from './evaluationState';
import {openEvaluation} from './openEvaluation';
import type {PreparedEvaluation} from './prepareEvaluation';

/**
 * Evaluates some of the examples, batch by batch.
 *
 * @param prepared - See {@link prepareEvaluation}.
 * @param indices - Dataset indices of these examples.
 * @param before - Batches of the evaluation that come before them.
 */
export async function runEvaluation<I extends tf.Tensor>(
  prepared: PreparedEvaluation<I>,
  indices: Int32Array,
  before = 0,
): Promise<Counts<I>> {
  const {classify, dataset, settings} = prepared;
  const {attacks, batchSize, rng, strict, predictions, signal, onProgress} = settings;
  const opened = await openEvaluation(
    prepared.where,
    settings.checkpoints,
    settings.checkpointKey,
    {
      ...{classify, dataset, indices, attacks, rng, strict, predictions},
      answer: (name, ids) => answerOf(prepared, name, ids),
    },
  );
  const counts = countsFrom(opened.state, attacks, dataset.numClasses);
  counts.computedOn = alsoComputedOn(counts.computedOn);
  for (let done = opened.state?.done ?? 0; done < indices.length;) {
    await breathe(signal);
    const ids = indices.subarray(done, done + batchSize);
    await evaluateBatch(prepared, ids, counts, before + Math.floor(done / batchSize));
    done += ids.length;
    await opened.save(stateOf(done, counts));
    const soFar = [{name: 'clean', ...counts.clean}, ...counts.attacked].map(
      ({name, correct}) => [name, sumOf(correct) / done] as const,
    );
    await onProgress?.({
      ...{phase: 'evaluate', unit: 'batch', done: Math.ceil(done / batchSize)},
      total: Math.ceil(indices.length / batchSize),
      metrics: Object.fromEntries(soFar),
    });
  }
  return counts;
}

async function evaluateBatch<I extends tf.Tensor>(
  prepared: PreparedEvaluation<I>,
  ids: Int32Array,
  {totals, clean, attacked}: Counts<I>,
  batch: number,
): Promise<void> {
  const {where, classify, dataset, settings} = prepared;
  const {strict, predictions, signal} = settings;
  const truth = ids.map((id) => dataset.labels[id] as number);
  await disposeAfter(async (own) => {
    const {x, labels, exampleIds = ids} = await batchAt(where, dataset, ids);
    own([x, labels]);
    checkExamples(where, x, labels);
    const seeing = forExamples(classify, exampleIds);
    const predicted = await predict(where, seeing, x, dataset.numClasses);
    count(truth, totals, () => true);
    count(truth, clean.correct, (i) => predicted[i] === truth[i]);
    if (predictions) clean.predictions.push(...predicted);
    for (const {name, attack, ledger, ...tally} of attacked) {
      await breathe(signal);
      const given = {name, attack, context: withBatchNumber(contextOf(prepared, name, ids), batch)};
      const found = await attackAndPredict(where, seeing, {x, labels}, dataset.numClasses, given);
      ledger.add(found.result, truth);
      if (found.gradients !== undefined) ledger.addGradients(found.gradients);
      count(truth, tally.correct, (i) => {
        const wasRight = !strict || predicted[i] === truth[i];
        return wasRight && found.predicted[i] === truth[i];
      });
      if (predictions) tally.predictions.push(...found.predicted);
    }
  });
}

function contextOf<I extends tf.Tensor>(
  {settings: {rng, signal}}: PreparedEvaluation<I>,
  name: string,
  ids: Int32Array,
): AttackContext {
  return {
    ...{exampleIds: ids, signal},
    ...(rng === undefined ? {} : {rng: rng.fork(name)}),
  };
}

const answerOf = <I extends tf.Tensor>(
  prepared: PreparedEvaluation<I>,
  name: string,
  ids: Int32Array,
): Promise<AttackAnswer> =>
  disposeAfter(async (own) => {
    const {where, classify, dataset, settings} = prepared;
    const batch = await batchAt(where, dataset, ids);
    own([batch.x, batch.labels]);
    const found = await attackAndPredict(
      where,
      forExamples(classify, batch.exampleIds ?? ids),
      batch,
      dataset.numClasses,
      {
        ...{name, attack: settings.attacks[name] as EvaluationAttack<I>},
        context: contextOf(prepared, name, ids),
      },
      true,
    );
    return {perturbation: found.perturbation, predicted: Array.from(found.predicted)};
  });
