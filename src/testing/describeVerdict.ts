import {
  classLabel,
  count,
  epsilonText,
  percent,
  percentRange,
  short,
  textTable,
} from '../report/format';
import type {Counterexample} from './counterexample';
import type {RobustnessVerdict} from './judgeRobustness';
import type {RobustnessClaim} from './robustnessClaims';

const HEADS = {
  above: 'The model is as robust as asked',
  below: 'The model is not as robust as asked',
  undecided: 'Too few examples to tell whether the model is as robust as asked',
};

const OUTCOMES = {above: 'yes', below: 'NO', undecided: 'undecided'};

// Beyond these, a table tells more than it helps; the worst come first.
const MOST_ROWS = 20;

function subjectOf({subject, classes}: RobustnessClaim, names?: readonly string[]): string {
  if (subject === 'all') return 'all classes';
  const labels = classes.map((label) => classLabel(label, names));
  return subject === 'tail' ? `tail: ${labels.join(', ')}` : `class ${labels.join(', ')}`;
}

function claimsTable({claims, settings}: RobustnessVerdict): string {
  const weight = {below: 0, undecided: 1, above: 2};
  const sorted = [...claims].sort((a, b) => weight[a.outcome] - weight[b.outcome]);
  const rows = sorted
    .slice(0, MOST_ROWS)
    .map((claim) => [
      subjectOf(claim, settings.classNames),
      percent(claim.atLeast),
      `${count(claim.correct)} of ${count(claim.total)}`,
      percent(claim.total === 0 ? null : claim.correct / claim.total),
      percentRange(claim.bounds),
      OUTCOMES[claim.outcome],
    ]);
  const table = textTable(
    ['robust accuracy of', 'asked', 'robust', 'share', 'bounds', 'shown'],
    rows,
    ['left', 'right', 'right', 'right', 'right', 'left'],
  );
  const hidden = claims.length - rows.length;
  return hidden > 0 ? `${table}\n... and ${hidden} more` : table;
}

function advice({claims, timedOut, available, totals}: RobustnessVerdict): string[] {
  const open = claims.filter(({outcome}) => outcome === 'undecided');
  if (open.length === 0) return [];
  const needed = open.map(({neededExamples}) => neededExamples);
  const evaluated = totals.reduce((sum, total) => sum + total, 0);
  const most = Math.max(...needed.map((size) => size ?? Infinity));
  const what = open.length === 1 ? 'It' : `The ${open.length} open questions`;
  const size = Number.isFinite(most)
    ? `${what} would be decided by about ${count(most)} examples of these classes, if the share of ` +
      'robust ones stayed as it is.'
    : `${what} cannot be decided by more examples: a share is too near to what is asked.`;
  const more =
    evaluated < available
      ? ` Of the dataset's ${count(available)} examples ${count(evaluated)} were attacked: raise ` +
        `${timedOut ? 'timeLimitMs' : 'examples'}.`
      : '';
  return [size + more];
}

/** One counterexample in words. */
export function describeCounterexample(
  {example, label, answer, epsilon, distance, changed, pixels, isImage}: Counterexample,
  classNames?: readonly string[],
): string {
  const image = isImage ? ' It survives rounding to 8-bit grey levels.' : '';
  return (
    `Example ${example}, of class ${classLabel(label, classNames)}: the model answers ` +
    `${classLabel(answer, classNames)} at epsilon ${epsilonText(epsilon)}, with ${count(changed)} ` +
    `of ${count(pixels)} pixels changed by a norm of ${short(distance)}.${image}`
  );
}

/**
 * A verdict in words: what was asked, what was counted, how sure that is, how to run it again, and
 * the counterexamples.
 *
 * @param verdict - What `judgeRobustness` returned.
 * @param files - Where counterexamples were written to, if anywhere.
 * @returns Several lines of plain text.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {arrayDataset} from 'lt-robust/data';
 * import {describeVerdict, judgeRobustness} from 'lt-robust/testing';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.9]), [0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const verdict = await judgeRobustness(model, dataset, {atLeast: 0.9});
 * describeVerdict(verdict).split(' (')[0];
 * // => 'Too few examples to tell whether the model is as robust as asked'
 * ```
 */
export function describeVerdict(verdict: RobustnessVerdict, files: readonly string[] = []): string {
  const {settings, totals, available, timedOut, warnings, counterexamples} = verdict;
  const {norm, epsilon, confidence, seed, classNames} = settings;
  const evaluated = totals.reduce((sum, total) => sum + total, 0);
  const title = HEADS[verdict.outcome];
  const facts = [
    `${short(100 * confidence)} % confidence`,
    `${norm}, epsilon ${epsilonText(epsilon)}`,
    `${count(evaluated)} of ${count(available)} examples${timedOut ? ', then the time was up' : ''}`,
  ];
  const lines = [
    `${title} (${facts.join('; ')}).`,
    claimsTable(verdict),
    ...advice(verdict),
    ...warnings.map(({message, advice: remedy}) => `Warning: ${message} ${remedy}`),
    ...counterexamples.map((each) => describeCounterexample(each, classNames)),
    ...(files.length > 0 ? [`Written: ${files.join(', ')}`] : []),
    `To run the same again: seed ${seed}${timedOut ? `, examples ${evaluated}` : ''}.`,
  ];
  return lines.join('\n\n');
}
