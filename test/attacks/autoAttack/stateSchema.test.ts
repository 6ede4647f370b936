import {isDeepStrictEqual} from 'node:util';

import * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {autoAttack} from '../../../src/attacks/autoAttack/autoAttack';
import {stateSchema} from '../../../src/attacks/autoAttack/stateSchema';
import {memoryCheckpoints, type CheckpointValue} from '../../../src/core/checkpoint';
import {createRng} from '../../../src/core/rng';
import {readBy} from '../../../src/core/savedSchemas';
import {expectRefusals, mutationsOf} from '../../support/hostileContents';
import {linearFour} from '../../support/models';
import {int} from '../../support/tensors';

const points = Array.from({length: 8}, (_, i) => [0.3 + i / 20, 0.4, 0.6 - i / 30]);
const frame = {examples: 8, numClasses: 4, components: 2, pixels: 3, adversarial: true};
let run: {state: Record<string, unknown>};

// An evaluation whose second component has broken somebody and has others still to attack.
function evaluate(store = memoryCheckpoints(), stopAfter = Infinity) {
  const [x, labels] = [tf.tensor2d(points), int(points.map((_, i) => (i === 3 ? 1 : 0)))];
  let saves = 0;
  const checkpoints = {
    load: store.load,
    save: async (key: string, value: CheckpointValue) => {
      await store.save(key, JSON.parse(JSON.stringify(value)) as CheckpointValue);
      if (++saves === stopAfter) throw new Error('power cut');
    },
  };
  return autoAttack(linearFour, x, labels, {
    ...{epsilon: 0.1, attacks: ['apgd-ce', 'fab-t'], steps: 5, batchSize: 2, rng: createRng(4)},
    ...{adversarial: true, checkpoints},
  })
    .then(({report, adversarial}) => {
      adversarial.dispose();
      return report;
    })
    .finally(() => {
      tf.dispose([x, labels]);
    });
}

beforeAll(async () => {
  const store = memoryCheckpoints();
  await expect(evaluate(store, 8)).rejects.toThrow('power cut');
  run = (await store.load('autoAttack')) as typeof run;
});

// Notes and times are what they are, and so is what was counted beside the attacks.
const MAY_BE = [
  /^computedOn\b/, // told in the report, and absent from older ones
  /^(warnings|warnings\..*|logits|logits\..*|nonFinite|nonFinite\..*)\b/,
  /^(elapsedMs|components\.\d\.elapsedMs|samples\.\d\.distance) = (1e9|0\.5|1e300)$/,
  /^(diagnostic(Forward|Backward)|unconfirmed|components\.\d\.(zero|nonFinite)Gradient) = 1e9$/,
  /^blackBoxOnly = null$/,
  /^baseline(\.(pgd|scaledPgd) = 0\.5|\.rows( = \[\]|\.\d left out)| = null)$/,
  /^points\.\d\.\d = (-5|1e9|0\.5|1e300)$/,
  /^pending( = \[\]|\.\d left out)$/,
];

describe('stateSchema', () => {
  it('takes what an evaluation saves', () => {
    expect(run.state).toMatchObject({component: 1, pending: [5, 6, 7]});
    expect(Object.keys(run.state['points'] as object).length).toBeGreaterThan(0);
    expect(readBy(stateSchema(frame), run.state)).toEqual({value: run.state});
  });

  it('counts those that an earlier component broke as attacked by it alone', () => {
    const {samples, components} = run.state as {
      samples: {verdict: string; component: number}[];
      components: {attacked: number}[];
    };
    const moved = samples.findIndex(({component}) => component === 1);
    const state = (attacked: number) => ({
      ...run.state,
      samples: samples.map((sample, row) => (row === moved ? {...sample, component: 0} : sample)),
      components: components.map((each, i) => (i === 1 ? {...each, attacked} : each)),
    });
    const before = components[1]?.attacked ?? NaN;
    expect(readBy(stateSchema(frame), state(before - 1))).toEqual({value: state(before - 1)});
    expect(readBy(stateSchema(frame), state(before))).toHaveProperty('problem');
  });

  it('refuses every change that would make another evaluation of it', () => {
    const mutations = mutationsOf(run.state);
    const taken = mutations
      .filter(({value}) => !isDeepStrictEqual(value, run.state))
      .filter(({value}) => 'value' in readBy(stateSchema(frame), value))
      .map(({what}) => what)
      .filter((what) => !MAY_BE.some((pattern) => pattern.test(what)));
    expect(taken).toEqual([]);
    expect(mutations.length).toBeGreaterThan(900);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a component to come', {component: 9}, /^component: /],
    ['a component after the last', {component: 2}, /attacked by nothing/],
    ['the first component again', {component: 0}, /a verdict of no component/],
    ['everybody robust', {pending: [0, 1, 2, 3, 4, 5, 6, 7]}, /still to be attacked/],
    ['examples too few', {samples: []}, /^samples: /],
    ['no points', {points: {}}, /points of other examples/],
    ['points by no row', {points: {constructor: [1, 2, 3]}}, /points of other examples/],
  ])('says what is wrong: %s', (_, change, problem) => {
    const read = readBy(stateSchema(frame), {...run.state, ...change});
    expect('problem' in read ? read.problem : 'nothing').toMatch(problem);
  });
});

it('an evaluation refuses what somebody put into its checkpoint by a typed error', async () => {
  await expectRefusals(run, 'autoAttack', evaluate);
});
