import * as v from 'valibot';

import {countSchema, integerSchema} from '../core/savedSchemas';
import {stateSchema} from './evaluationSchema';

const shardSchema = v.pipe(
  v.object({
    format: v.literal('lt-robust evaluation shard 1'),
    ...{part: integerSchema(1, 1e6), of: integerSchema(1, 1e6)},
    evaluation: v.unknown(),
    frame: v.object({
      ...{examples: countSchema, numClasses: integerSchema(1, 1e6)},
      ...{strict: v.boolean(), predictions: v.boolean(), attacks: v.array(v.string())},
      selection: v.object({
        groups: v.record(v.string(), v.array(countSchema)),
        tail: v.nullable(v.array(countSchema)),
      }),
    }),
    examples: v.array(countSchema),
    state: v.unknown(),
  }),
  v.check(({part, of}) => part <= of, 'a part beyond the last'),
  v.check(
    ({frame: {numClasses, selection}}) =>
      [...Object.values(selection.groups), selection.tail ?? []]
        .flat()
        .every((label) => label < numClasses),
    'groups of classes that there are not',
  ),
);

const textOf = (issue: v.BaseIssue<unknown>): string => {
  const place = v.getDotPath(issue);
  return place === null ? issue.message : `at ${place}: ${issue.message}`;
};

/** What is wrong with what should be the result of `evaluateShard`; `undefined` if nothing is. */
export function shardProblem(value: unknown): string | undefined {
  const shard = v.safeParse(shardSchema, value);
  if (!shard.success) return textOf(shard.issues[0]);
  const {frame, examples} = shard.output;
  const {numClasses, predictions, attacks} = frame;
  const state = v.safeParse(
    stateSchema({numClasses, predictions, attacks: attacks.length, most: examples.length}),
    shard.output.state,
  );
  if (!state.success) return `state, ${textOf(state.issues[0])}`;
  return state.output.done === examples.length ? undefined : 'counts of other examples';
}
