import {isDeepStrictEqual} from 'node:util';

import type * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {EvaluationAttack} from '../../src/core/attack';
import {memoryCheckpoints, type CheckpointStore} from '../../src/core/checkpoint';
import {createRng} from '../../src/core/rng';
import {readBy} from '../../src/core/savedSchemas';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {evaluationSchema} from '../../src/metrics/evaluationSchema';
import {expectRefusals, mutationsOf} from '../support/hostileContents';
import {linearModel} from '../support/models';
import {cornerDataset} from '../support/trainings';

type Vectors = tf.Tensor2D;

const dataset = cornerDataset([5, 4, 3]);
const weights = [[4, 0, -1], [0, 4, -1], [-1, 0, 4]]; // prettier-ignore
const pgd: EvaluationAttack<Vectors> = (m, x, labels, context) =>
  pgdAttack(m, x, labels, {...context, epsilon: 0.2, steps: 2});
const apgd: EvaluationAttack<Vectors> = (m, x, labels, context) =>
  apgdAttack(m, x, labels, {...context, epsilon: 0.2, steps: 2});
const frame = {truth: dataset.labels, numClasses: 3, attacks: 2, predictions: true};
let run: {state: Record<string, unknown>};

const evaluate = (checkpoints: CheckpointStore, stopAfter = Infinity) =>
  evaluateRobustness(linearModel(weights, [0, 0.1, 0]), dataset, {
    ...{attacks: {pgd, apgd}, batchSize: 4, rng: createRng(3), predictions: true, checkpoints},
    onProgress: ({done}) => {
      if (done === stopAfter) throw new Error('power cut');
    },
  });

beforeAll(async () => {
  const store = memoryCheckpoints();
  await expect(evaluate(store, 2)).rejects.toThrow('power cut');
  run = (await store.load('evaluateRobustness')) as typeof run;
});

// What an attack says of itself and what is compared with how the model is now may be anything of its
// kind; a prediction is one of the classes, and fewer right answers are an evaluation like any other.
const MAY_BE = [
  /^state\.computedOn\b/, // told in the report, and absent from older ones
  /^(logits|logits\..*|backend = 'text'|answers\.\d\.(perturbation|predicted).*)/,
  /^state\.attacks\.\d\.ledger\.(cost|warnings|gradients|tallies|components|hasOwnTallies)/,
];

describe('evaluationSchema', () => {
  it('takes what an evaluation saves', () => {
    expect(readBy(evaluationSchema(frame), run.state)).toEqual({value: run.state});
  });

  it('refuses every change that would make another evaluation of it', () => {
    const mutations = mutationsOf(run.state);
    const taken = mutations
      .filter(({value}) => !isDeepStrictEqual(value, run.state))
      .filter(({value}) => 'value' in readBy(evaluationSchema(frame), value))
      .map(({what}) => what)
      .filter((what) => !MAY_BE.some((pattern) => pattern.test(what)));
    expect(taken).toEqual([]);
    expect(mutations.length).toBeGreaterThan(800);
  });

  it.each<[string, (state: Record<string, never>) => object, RegExp]>([
    ['more done than there is', (s) => ({...s, done: 99}), /^state\.done: /],
    ['less done', (s) => ({...s, done: 4}), /counts of more or fewer examples/],
    ['other totals', (s) => ({...s, totals: [1, 1, 1]}), /counts of more or fewer examples/],
    [
      'totals of other labels',
      (s) => ({
        ...{...s, totals: [Number(s['done']), 0, 0]},
        clean: {...(s['clean'] as unknown as object), correct: [0, 0, 0]},
        attacks: (s['attacks'] as unknown as {ledger: object}[]).map(({ledger, ...attack}) => ({
          ...{...attack, correct: [0, 0, 0]},
          ledger: {...ledger, components: []},
        })),
      }),
      /counts of other labels/,
    ],
    ['too many right', (s) => ({...s, clean: {correct: [9, 0, 0], predictions: []}}), /more right/],
    ['no attacks', (s) => ({...s, attacks: []}), /^state\.attacks: /],
  ])('says what is wrong: %s', (_, change, problem) => {
    const {state, ...rest} = run.state as {state: Record<string, never>};
    const read = readBy(evaluationSchema(frame), {...rest, state: change(state)});
    expect('problem' in read ? read.problem : 'nothing').toMatch(problem);
  });

  const passes = {forward: 1, backward: 0, queries: 0};
  const tally = {code: 'a', what: 'It is', advice: 'Do.', count: 1, total: 1, share: 0, atLeast: 1};
  const component = {name: 'a', correct: [1, 0, 0], cost: passes};
  it.each([
    ['passes below 0', 'cost', passes, {...passes, forward: -1}],
    [
      'more zero gradients than gradients',
      'gradients',
      {zero: 1, nonFinite: 1, total: 2},
      {zero: 1, nonFinite: 2, total: 2},
    ],
    [
      'a warning that is a text',
      'warnings',
      [{code: 'a', message: 'b', advice: 'c'}],
      ['watch out'],
    ],
    ['a tally of more than there are', 'tallies', [tally], [{...tally, count: 2}]],
    ['a tally without advice', 'tallies', [tally], [{...tally, advice: undefined}]],
    ['more right than examples', 'components', [component], [{...component, correct: [9, 9, 9]}]],
  ])('refuses in a ledger %s, and takes what is right', (_, part, right, hostile) => {
    const read = (value: unknown) => {
      const copy = structuredClone(run.state) as {
        state: {attacks: {ledger: Record<string, unknown>}[]};
      };
      Object.assign(copy.state.attacks[1]?.ledger ?? {}, {[part]: value});
      return readBy(evaluationSchema(frame), copy);
    };
    expect(read(right)).toHaveProperty('value');
    expect(read(hostile)).toHaveProperty('problem');
  });
});

it('an evaluation refuses what somebody put into its checkpoint by a typed error', async () => {
  await expectRefusals(run, 'evaluateRobustness', evaluate);
});
