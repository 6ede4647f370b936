import * as v from 'valibot';

import {
  countSchema,
  finiteSchema,
  fractionSchema,
  integerSchema,
  passesSchema,
  rowsSchema,
  tableSchema,
  warningSchema,
} from '../../core/savedSchemas';
import type {EnsembleState, SampleState} from './ensembleState';

/** What a saved evaluation has to fit. */
export interface StateFrame {
  /** How many examples there are. */
  readonly examples: number;
  /** How many classes the model has. */
  readonly numClasses: number;
  /** How many components the ensemble has. */
  readonly components: number;
  /** Values of one example. */
  readonly pixels: number;
  /** Whether adversarial points are kept. */
  readonly adversarial: boolean;
}

/**
 * What a saved evaluation must be to go on from: complete, of this size, and consistent. Its sums
 * are those of its examples, and what is still to be attacked is robust so far.
 *
 * @param frame - The evaluation that is to go on.
 */
export const stateSchema = (frame: StateFrame): v.GenericSchema<unknown, EnsembleState> => {
  const {examples, numClasses, components} = frame;
  const rows = rowsSchema(examples);
  const classOrNone = integerSchema(-1, numClasses - 1);
  return v.pipe(
    v.strictObject({
      logits: v.array(finiteSchema),
      component: integerSchema(0, components),
      pending: v.nullable(rows),
      samples: v.pipe(
        v.array(
          v.strictObject({
            verdict: v.picklist(['misclassified', 'broken', 'robust']),
            component: integerSchema(-1, components - 1),
            ...{target: classOrNone, prediction: classOrNone},
            distance: v.pipe(finiteSchema, v.minValue(0)),
            ...passesSchema.entries,
          }),
        ),
        v.length(examples),
      ),
      components: v.pipe(
        v.array(
          v.strictObject({
            attacked: integerSchema(0, examples),
            ...passesSchema.entries,
            ...{zeroGradient: countSchema, nonFiniteGradient: countSchema},
            elapsedMs: v.pipe(finiteSchema, v.minValue(0)),
          }),
        ),
        v.length(components),
      ),
      points: pointsSchema(frame),
      nonFinite: rows,
      blackBoxOnly: v.nullable(integerSchema(0, examples)),
      unconfirmed: countSchema,
      warnings: v.array(warningSchema),
      baseline: v.nullable(v.strictObject({pgd: fractionSchema, scaledPgd: fractionSchema, rows})),
      ...{diagnosticForward: countSchema, diagnosticBackward: countSchema},
      elapsedMs: v.pipe(finiteSchema, v.minValue(0)),
      computedOn: v.optional(v.array(v.string())),
    }),
    v.check(
      (state) => state.samples.every((sample) => fits(sample, state)),
      'a verdict of no component that has run',
    ),
    v.check(
      ({component, pending}) => component < components || pending === null,
      'examples that are still to be attacked by nothing',
    ),
    v.check((state) => sumsFit(state), 'sums that are not those of its examples'),
    v.check(
      ({pending, samples}) => (pending ?? []).every((row) => samples[row]?.verdict === 'robust'),
      'decided examples that are still to be attacked',
    ),
    v.check(({points, samples}) => {
      const broken = samples.flatMap(({verdict}, row) => (verdict === 'broken' ? [row] : []));
      return String(Object.keys(points)) === String(frame.adversarial ? broken : []);
    }, 'points of other examples than the broken ones'),
  );
};

const pointsSchema = ({pixels}: StateFrame) =>
  tableSchema(v.pipe(v.array(finiteSchema), v.length(pixels)));

// A broken example names a component that has started; no other example names one.
const fits = ({verdict, component}: SampleState, state: EnsembleState): boolean =>
  verdict === 'broken'
    ? component >= 0 &&
      component <= state.component &&
      (component < state.component || state.pending !== null)
    : component === -1;

function sumsFit(state: EnsembleState): boolean {
  const {samples, components} = state;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const areCounted = (['forward', 'backward', 'queries'] as const).every((kind) => {
    const clean = kind === 'forward' ? samples.length : 0;
    return (
      sum(samples.map((sample) => sample[kind])) ===
      clean + sum(components.map((component) => component[kind]))
    );
  });
  // A component attacks the examples that were robust when it started.
  const areAttacked = components.every(({attacked}, index) => {
    const hasBegun =
      index < state.component || (index === state.component && state.pending !== null);
    const left = samples.filter(
      ({verdict, component}) =>
        verdict === 'robust' || (verdict === 'broken' && component >= index),
    );
    return attacked === (hasBegun ? left.length : 0);
  });
  return areCounted && areAttacked;
}
