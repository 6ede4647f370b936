import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackTally, AttackWarning} from '../../core/attackResult';
import {fewExamples, tallyWarnings} from '../../core/tallyWarnings';
import {mapPerExample} from '../../core/threatModel';
import {warning, type WarningCode} from './diagnostics';
import type {EnsembleSettings} from './ensembleSettings';
import {RECHECK_RESTARTS} from './recheckSquare';
import {type AutoAttackReport, classAccuracies, type PassCount} from './report';
import type {EnsembleState} from './ensembleState';
import {featureReport} from './featureReport';

/** The report of a finished evaluation. */
export function ensembleReport<I extends tf.Tensor>(
  labels: Int32Array,
  numClasses: number,
  settings: EnsembleSettings<I>,
  state: EnsembleState,
): AutoAttackReport {
  const {version, norm, epsilon, clip, quantize, exampleIds, components} = settings;
  const {samples} = state;
  const examples = labels.length;
  const isClean = (row: number) => samples[row]?.verdict !== 'misclassified';
  const isRobustAfter = (component: number) => (row: number) => {
    const sample = samples[row];
    if (sample === undefined || sample.verdict === 'misclassified') return false;
    return sample.verdict === 'robust' || sample.component > component;
  };
  const fraction = (test: (row: number) => boolean) =>
    examples === 0 ? 0 : samples.filter((_, row) => test(row)).length / examples;
  const isRobust = isRobustAfter(Infinity);
  const reports = components.map(({name}, index) => {
    const done = state.components[index];
    return {
      name,
      attacked: done?.attacked ?? 0,
      broken: samples.filter(({component}) => component === index).length,
      robustAccuracy: fraction(isRobustAfter(index)),
      perClass: classAccuracies(labels, numClasses, isClean, isRobustAfter(index)),
      ...passes([done]),
      elapsedMs: done?.elapsedMs ?? 0,
    };
  });
  const {baseline} = state;
  const diagnostics =
    baseline === null
      ? null
      : {
          examples: baseline.rows.length,
          pgd: baseline.pgd,
          scaledPgd: baseline.scaledPgd,
          ensemble: baseline.rows.filter(isRobust).length / baseline.rows.length,
        };
  const report = {
    ...{version, norm, clip, examples, numClasses},
    epsilon: mapPerExample(epsilon, (value) => value),
    ...(settings.features === undefined ? {} : {features: featureReport(settings.features)}),
    quantize: quantize ?? null,
    cleanAccuracy: fraction(isClean),
    robustAccuracy: fraction(isRobust),
    perClass: classAccuracies(labels, numClasses, isClean, isRobust),
    components: reports,
    samples: samples.map((sample, row) => ({
      id: exampleIds?.[row] ?? row,
      label: at(labels, row),
      verdict: sample.verdict,
      attack: components[sample.component]?.name ?? null,
      target: sample.target < 0 ? null : sample.target,
      prediction: sample.prediction,
      distance: sample.verdict === 'broken' ? sample.distance : null,
      ...passes([sample]),
    })),
    cost: passes(samples),
    diagnosticCost: {
      forward: state.diagnosticForward,
      backward: state.diagnosticBackward,
      queries: 0,
    },
    diagnostics,
    elapsedMs: state.elapsedMs,
    computedOn: state.computedOn ?? [],
  };
  const tallies = talliesOf(settings, state);
  return {...report, tallies, warnings: warningsOf(report, tallies, state)};
}

function passes(counts: readonly (PassCount | undefined)[]): PassCount {
  const sum = (key: keyof PassCount) =>
    counts.reduce((total, count) => total + (count?.[key] ?? 0), 0);
  return {forward: sum('forward'), backward: sum('backward'), queries: sum('queries')};
}

// The official code warns once Square lowers the robust accuracy by more than this.
const BLACK_BOX_SHARE = 0.002;

/** What is counted over the whole evaluation. */
function talliesOf<I extends tf.Tensor>(
  {components, version}: EnsembleSettings<I>,
  state: EnsembleState,
): AttackTally[] {
  const examples = state.samples.length;
  const square = components.findIndex(({name, isCustom}) => name === 'square' && !isCustom);
  const broken = state.samples.filter(({component}) => component === square).length;
  return [
    ...components.flatMap(({name, isCustom}, index) => {
      const {attacked = 0, zeroGradient = 0, nonFiniteGradient = 0} = state.components[index] ?? {};
      if (isCustom || name === 'square') return [];
      const what = `The gradient to the input is zero (${name})`;
      const nan = `The gradient to the input is not finite (${name})`;
      return [
        tally('zero-gradient', what, zeroGradient, attacked, {share: 0.02, atLeast: 3}),
        tally('non-finite-gradient', nan, nonFiniteGradient, attacked),
      ];
    }),
    // Square as the first component has nothing to be compared with.
    ...(square > 0 ? [blackBoxTally(broken, examples, state.blackBoxOnly)] : []),
    tally('non-finite-logits', 'NaN or infinite values', state.nonFinite.length, examples),
    // A model whose answers are random may answer differently.
    ...(version === 'rand'
      ? []
      : [tally('unconfirmed', 'A point broke the model only once', state.unconfirmed, examples)]),
  ];
}

function blackBoxTally(broken: number, examples: number, left: number | null): AttackTally {
  const what = 'Square, which uses no gradient, broke what the gradient attacks before it had not';
  const limits = {share: BLACK_BOX_SHARE, atLeast: 1};
  const counted = tally('black-box-stronger', what, broken, examples, limits);
  if (left === null) return counted;
  const second = `APGD-T from ${RECHECK_RESTARTS} more starts found all but`;
  return {...counted, detail: {what: second, count: left}};
}

function tally(
  code: Exclude<WarningCode, 'few-examples'>,
  what: string,
  count: number,
  total: number,
  {share, atLeast} = {share: 0, atLeast: 1},
): AttackTally {
  return {code, what, count, total, share, atLeast, advice: warning(code, what).advice};
}

/** What the figures of a finished evaluation say against it. */
function warningsOf(
  {diagnostics, perClass}: Pick<AutoAttackReport, 'diagnostics' | 'perClass'>,
  tallies: readonly AttackTally[],
  state: EnsembleState,
): AttackWarning[] {
  const warnings: AttackWarning[] = [...state.warnings, ...tallyWarnings(tallies)];
  const gap = diagnostics === null ? 0 : diagnostics.pgd - diagnostics.scaledPgd;
  if (diagnostics !== null && gap > 0.1 && gap * diagnostics.examples > 2.5) {
    const [pgd, scaled, all] = [diagnostics.pgd, diagnostics.scaledPgd, diagnostics.ensemble].map(
      (value) => `${(100 * value).toFixed(1)} %`,
    );
    const message = `PGD-20 leaves ${pgd} right, on logits of one scale ${scaled}, the ensemble ${all}.`;
    warnings.push(warning('logit-scale', message));
  }
  return [...warnings, ...fewExamples(perClass.map(({total}) => total))];
}
