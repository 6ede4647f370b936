import type * as tf from '@tensorflow/tfjs-core';

import type {AttackWarning} from '../../core/attackResult';
import {warning} from './diagnostics';
import type {EnsembleSettings} from './ensembleSettings';
import {type AutoAttackReport, classAccuracies, type PassCount} from './report';
import type {EnsembleState} from './state';

const ENOUGH_PER_CLASS = 100;

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
  const parts = components.map(({name}, index) => {
    const part = state.components[index];
    return {
      name,
      attacked: part?.attacked ?? 0,
      broken: samples.filter(({component}) => component === index).length,
      robustAccuracy: fraction(isRobustAfter(index)),
      perClass: classAccuracies(labels, numClasses, isClean, isRobustAfter(index)),
      ...passes([part]),
      elapsedMs: part?.elapsedMs ?? 0,
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
    epsilon: typeof epsilon === 'number' ? epsilon : Array.from(epsilon),
    quantize: quantize ?? null,
    cleanAccuracy: fraction(isClean),
    robustAccuracy: fraction(isRobust),
    perClass: classAccuracies(labels, numClasses, isClean, isRobust),
    components: parts,
    samples: samples.map((sample, row) => ({
      id: exampleIds?.[row] ?? row,
      label: labels[row] as number,
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
  };
  return {...report, warnings: warningsOf(report, state)};
}

function passes(counts: readonly (PassCount | undefined)[]): PassCount {
  const sum = (key: keyof PassCount) =>
    counts.reduce((total, count) => total + (count?.[key] ?? 0), 0);
  return {forward: sum('forward'), backward: sum('backward'), queries: sum('queries')};
}

/** What the figures of a finished evaluation say against it. */
function warningsOf(
  report: Omit<AutoAttackReport, 'warnings'>,
  state: EnsembleState,
): AttackWarning[] {
  const {examples, components, diagnostics, perClass} = report;
  const warnings: AttackWarning[] = [...state.warnings];
  components.forEach(({name, attacked}, index) => {
    const zero = state.components[index]?.zeroGradient ?? 0;
    if (zero > 0.02 * attacked && !warnings.some(({code}) => code === 'zero-gradient')) {
      const message = `The gradient to the input is zero for ${zero} of ${attacked} examples (${name}).`;
      warnings.push(warning('zero-gradient', message));
    }
  });
  const square = components.findIndex(({name}) => name === 'square');
  const helped = components[square]?.broken ?? 0;
  // The official threshold, and more than a stray example or two.
  if (square > 0 && helped > 0.002 * examples && helped > 2) {
    const message = `Square, which sees no gradient, broke ${helped} examples that the attacks before it did not.`;
    warnings.push(warning('black-box-stronger', message));
  }
  const gap = diagnostics === null ? 0 : diagnostics.pgd - diagnostics.scaledPgd;
  if (diagnostics !== null && gap > 0.1 && gap * diagnostics.examples > 2.5) {
    const [pgd, scaled, all] = [diagnostics.pgd, diagnostics.scaledPgd, diagnostics.ensemble].map(
      (value) => `${(100 * value).toFixed(1)} %`,
    );
    const message = `PGD-20 leaves ${pgd} right, on logits of one scale ${scaled}, the ensemble ${all}.`;
    warnings.push(warning('logit-scale', message));
  }
  if (state.nonFinite.length > 0) {
    const message = `The logits were NaN or infinite near ${state.nonFinite.length} examples.`;
    warnings.push(warning('non-finite-logits', message));
  }
  if (state.unconfirmed > 0) {
    const message = `${state.unconfirmed} points broke the model in the search and not when verified.`;
    warnings.push(warning('unconfirmed', message));
  }
  const few = perClass.filter(({total}) => total < ENOUGH_PER_CLASS);
  if (few.length > 0) {
    const least = Math.min(...few.map(({total}) => total));
    const message = `${few.length} classes have fewer than ${ENOUGH_PER_CLASS} examples, the smallest ${least}.`;
    warnings.push(warning('few-examples', message));
  }
  return warnings;
}
