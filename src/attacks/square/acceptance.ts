import {at} from '../../core/at';
import {marginOf, predictedClass} from '../search/logits';

/** What decides whether a candidate is taken. */
export interface Score {
  /** Above 0 while the search goes on. */
  readonly margin: number;
  /** To be lowered. */
  readonly loss: number;
  /** Whether the prediction is the one wanted: a wrong class, or the target. */
  readonly success: boolean;
}

// log softmax, without overflow.
function logProbability(logits: Float32Array, label: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return at(logits, label) - largest - Math.log(sum);
}

/**
 * Scores the logits of a candidate.
 *
 * @param logits - Of one example.
 * @param label - Its true class.
 * @param target - The class to reach; `undefined` for any wrong one.
 * @param loss - What is lowered.
 */
export function scoreOf(
  logits: Float32Array,
  label: number,
  target: number | undefined,
  loss: 'margin' | 'ce',
): Score {
  const predicted = predictedClass(logits);
  const away = target === undefined;
  const goal = target ?? label;
  const towards = (value: number) => (away ? value : -value);
  const margin = towards(marginOf(logits, goal));
  return {
    margin,
    loss: loss === 'margin' ? margin : towards(logProbability(logits, goal)),
    success: away ? predicted !== label : predicted === target,
  };
}
