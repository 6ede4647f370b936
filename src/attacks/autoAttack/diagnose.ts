import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackWarning} from '../../core/attackResult';
import {forExamples} from '../../core/byExample';
import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import {threatOfRows} from '../../core/threatModel';
import {rowOf} from '../search/logits';
import {inspectModel, outputWarnings, pgdBaseline, type Subject, warning} from './diagnostics';
import type {Run} from './run';

// The checks run on the first batch, as the official ones do.
const INSPECTED = 100;

/** Checks the model before the attacks and measures it under PGD; warnings and figures go into the state. */
export async function diagnose<I extends tf.Tensor>(run: Run<I>): Promise<void> {
  const {classify, x, labels, logits, numClasses, settings, state} = run;
  if (labels.length === 0) return;
  const {signal, version} = settings;
  const rowsOf = (rows: readonly number[]): Omit<Subject<I>, 'x' | 'isRand'> => ({
    model: forExamples(classify, rows),
    labels: rows.map((row) => at(labels, row)),
    numClasses,
    logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
  });
  const gather = (rows: readonly number[]) =>
    tf.tidy(() => tf.gather(x, tf.tensor1d([...rows], 'int32')));
  await disposeAfter(async (own) => {
    const first = Array.from(
      labels.subarray(0, Math.min(INSPECTED, settings.batchSize)),
      (_, i) => i,
    );
    const subject = {...rowsOf(first), x: own(gather(first)), isRand: version === 'rand'};
    const {warnings, forward} = await inspectModel(subject);
    state.warnings.push(...warnings);
    state.diagnosticForward += forward * first.length;
    signal?.throwIfAborted();
    const right = first.filter((row) => state.samples[row]?.verdict === 'robust');
    if (right.length === 0) return;
    const baseline = await pgdBaseline(
      {...rowsOf(right), x: own(gather(right)), model: forExamples(run.frozen, right)},
      threatOfRows(settings, right),
      {
        rng: settings.rng.fork('diagnostics'),
        ids: right.map((row) => settings.exampleIds?.[row] ?? row),
        pause: breather(signal),
      },
    );
    const {pgd, scaledPgd, passes} = baseline;
    state.baseline = {pgd, scaledPgd, rows: right};
    state.diagnosticForward += 2 * (passes + 1) * right.length;
    state.diagnosticBackward += 2 * passes * right.length;
  });
}

/** Warnings that cost no pass; they are given with diagnostics off, too. */
export function evidentWarnings<I extends tf.Tensor>(run: Run<I>): AttackWarning[] {
  const {logits, numClasses, settings} = run;
  const warnings = outputWarnings(logits, numClasses);
  if (numClasses < 4 && settings.components.some(({name}) => name === 'apgd-t')) {
    const message = `With ${numClasses} classes APGD-T ascends the difference of two logits.`;
    warnings.push(warning('dlr-variant', message));
  }
  return warnings;
}
