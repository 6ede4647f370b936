import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackCost, AttackResult} from '../../core/attackResult';
import type {AutoAttackReport, PassCount} from './report';

/** A report as what an evaluation takes: verdicts after each component, costs, warnings. */
export function evaluationResult(
  report: AutoAttackReport,
): Omit<AttackResult<tf.Tensor>, 'adversarial'> {
  const {samples, components, tallies} = report;
  // Warnings with these codes are left out: the evaluation adds up the tallies and counts the
  // classes itself.
  const counted = new Set(['few-examples', ...tallies.map(({code}) => code)]);
  const order = components.map(({name}) => name);
  return {
    success: samples.map(({verdict}) => verdict !== 'robust'),
    distances: samples.map(({distance}) => distance ?? 0),
    cost: costOf(samples),
    components: components.map(({name}, index) => ({
      name,
      success: samples.map(
        ({verdict, attack}) =>
          verdict === 'misclassified' || (attack !== null && order.indexOf(attack) <= index),
      ),
      cost: totalOf(at(components, index)),
    })),
    warnings: report.warnings.filter(({code}) => !counted.has(code)),
    tallies,
  };
}

const costOf = (counts: readonly PassCount[]): AttackCost => ({
  forward: counts.map(({forward}) => forward),
  backward: counts.map(({backward}) => backward),
  queries: counts.map(({queries}) => queries),
});

const totalOf = ({forward, backward, queries}: PassCount): PassCount => ({
  forward,
  backward,
  queries,
});
