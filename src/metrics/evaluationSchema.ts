import * as v from 'valibot';

import {
  countSchema,
  countsSchema,
  figureSchema,
  finiteSchema,
  integerSchema,
  passesSchema,
  warningSchema,
} from '../core/savedSchemas';
import type {EvaluationState, SavedEvaluation, Tally} from './evaluationState';

/** What the counts of an evaluation have to fit. */
export interface CountsFrame {
  /** How many classes there are. */
  readonly numClasses: number;
  /** How many attacks. */
  readonly attacks: number;
  /** Whether predictions are kept. */
  readonly predictions: boolean;
  /** How many examples there are at most. */
  readonly most: number;
}

/** What a saved evaluation has to fit. */
export interface EvaluationFrame extends Omit<CountsFrame, 'most'> {
  /** Classes of its examples, in their order. */
  readonly truth: ArrayLike<number>;
}

/**
 * What was counted of some examples: complete, of this size, and consistent.
 *
 * @param frame - The evaluation that it is of.
 */
export const stateSchema = (frame: CountsFrame): v.GenericSchema<unknown, EvaluationState> => {
  const {numClasses, attacks, most} = frame;
  const tally = {
    correct: countsSchema(numClasses),
    predictions: v.array(integerSchema(0, numClasses - 1)),
  };
  return v.pipe(
    v.strictObject({
      done: integerSchema(0, most),
      totals: countsSchema(numClasses),
      computedOn: v.optional(v.array(v.string())),
      clean: v.strictObject(tally),
      attacks: v.pipe(
        v.array(v.strictObject({...tally, ledger: ledgerSchema(numClasses)})),
        v.length(attacks),
      ),
    }),
    v.check(
      ({done, totals}) => totals.reduce((sum, total) => sum + total, 0) === done,
      'counts of more or fewer examples',
    ),
    v.check(
      ({done, totals, clean, attacks: attacked}) =>
        [clean, ...attacked].every((each) => tallyFits(each, done, totals, frame)),
      'more right answers than examples, or predictions of others',
    ),
    v.check(
      ({totals, attacks: attacked}) =>
        attacked.every(({ledger}) =>
          ledger.components.every(({correct}) => isWithin(correct, totals)),
        ),
      'components with more right answers than examples',
    ),
  );
};

/**
 * What a saved evaluation must be to be resumed: complete, of this size, and consistent with itself
 * and with the labels.
 *
 * @param frame - The evaluation that is to go on.
 */
export const evaluationSchema = (
  frame: EvaluationFrame,
): v.GenericSchema<unknown, SavedEvaluation> => {
  const {truth, numClasses, attacks} = frame;
  return v.strictObject({
    state: v.pipe(
      stateSchema({...frame, most: truth.length}),
      v.check(
        ({done, totals}) => String(totals) === String(countsOf(truth, done, numClasses)),
        'counts of other labels',
      ),
    ),
    logits: v.array(finiteSchema),
    backend: v.string(),
    answers: v.pipe(
      v.array(
        v.strictObject({
          perturbation: figureSchema,
          predicted: v.array(integerSchema(0, numClasses - 1)),
        }),
      ),
      v.length(attacks),
    ),
  });
};

const gradientsSchema = v.pipe(
  v.strictObject({zero: countSchema, nonFinite: countSchema, total: countSchema}),
  v.check(({zero, nonFinite, total}) => zero + nonFinite <= total, 'more gradients than there are'),
);

const ledgerSchema = (numClasses: number) =>
  v.strictObject({
    cost: v.nullable(passesSchema),
    warnings: v.nullable(v.array(warningSchema)),
    gradients: v.nullable(gradientsSchema),
    hasOwnTallies: v.boolean(),
    tallies: v.array(
      v.pipe(
        v.object({
          ...{code: v.string(), what: v.string(), advice: v.string()},
          ...{count: countSchema, total: countSchema},
          ...{share: finiteSchema, atLeast: finiteSchema},
          detail: v.optional(v.object({what: v.string(), count: countSchema})),
        }),
        v.check(({count, total}) => count <= total, 'a tally of more than there are'),
      ),
    ),
    components: v.array(
      v.strictObject({name: v.string(), correct: countsSchema(numClasses), cost: passesSchema}),
    ),
  });

function countsOf(truth: ArrayLike<number>, done: number, numClasses: number): number[] {
  const counts = new Array<number>(numClasses).fill(0);
  for (let i = 0; i < done; i++) {
    const label = truth[i] as number;
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

const isWithin = (counts: readonly number[], totals: readonly number[]): boolean =>
  counts.every((count, c) => count <= (totals[c] ?? 0));

function tallyFits(
  {correct, predictions}: Tally,
  done: number,
  totals: readonly number[],
  frame: Pick<CountsFrame, 'predictions'>,
): boolean {
  return isWithin(correct, totals) && predictions.length === (frame.predictions ? done : 0);
}
