import {isDeepStrictEqual} from 'node:util';

import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {memoryCheckpoints, type CheckpointValue} from '../../src/core/checkpoint';
import {asTrainableClassifier} from '../../src/core/classifier';
import {isCheckpointMismatchError, isInvalidArgumentError} from '../../src/core/errors';
import {createRng} from '../../src/core/rng';
import {readBy} from '../../src/core/savedSchemas';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainingSchema, type TrainingFrame} from '../../src/training/trainingSchema';
import {mutationsOf} from '../support/hostileContents';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type State = Record<string, CheckpointValue>;

const dataset = cornerDataset([4, 3, 3]);
const net = denseNet();
let saved: {state: State};
let frame: TrainingFrame;

const options = {
  ...{epochs: 2, batchSize: 5, rng: createRng(3)},
  optimizer: () => sgd({learningRate: 0.1, momentum: 0.9}),
  evaluate: () => Promise.resolve({robust: 0.5}),
  selectBy: 'robust',
  averaging: {ema: 0.9} as const,
};
const method = pgdTraining<tf.Tensor2D>({attack: quickAttack});

beforeAll(async () => {
  const checkpoints = memoryCheckpoints();
  await trainWith(net, method, dataset, {...options, checkpoints});
  const run = (await checkpoints.load('train')) as {state: {state: State}};
  saved = run.state;
  frame = {
    model: asTrainableClassifier<tf.Tensor>(net),
    memory: undefined,
    fresh: [{name: 'iter', shape: [], values: Int32Array.of(0)}],
    averages: true,
  };
});
afterAll(() => {
  net.dispose();
});

// Figures of an evaluation, a probe or a schedule may be anything that is a number; the first belong
// to whoever measured them, and the other two are compared with what they are now.
const FREE =
  /^(state\.(history\.\d+|best)\.metrics\.|state\.history\.\d\.learningRate|probe\.|length\.rates)/;
const ANY_NUMBER = / = (-5|1e9|0.5|NaN|Infinity|1e300)$/;
// What may be so, seen on its own: an epoch's loss, a longer training, no best epoch, other names.
const MAY_BE = [
  /^state\.computedOn\b/, // told in the result, and absent from older ones
  /^state\.history\.\d\.loss = (-5|1e9|0.5|1e300)$/,
  /^state\.best = null$/,
  /^state\.step = 1e9$/,
  /^state\.average( = (null|undefined)|\.count = 1e9| left out)$/,
  /^state\.robust( = (undefined|0\.5)| left out)$/, // read by a recipe with a stop alone
  /^length\.epochs = 1e9$/,
  /^length\.usesEpochs = true$/, // such a training cannot be prolonged
  /^state\.(history\.\d+|best)\.metrics( = \{\}|\.robust left out| with (extra|constructor))$/,
  /^state\.(history\.\d+|best)\.metrics = \{length: 1\}$/,
  /^probe\.backend = 'text'$/,
  /^state\.optimizer\.[1-9] left out$/,
  /^state\.optimizer\.[1-9]\.name = 'text'$/,
];

describe('trainingSchema', () => {
  it('takes what a training saves, bit for bit', () => {
    expect(readBy(trainingSchema(frame), saved)).toEqual({value: saved});
  });

  it('refuses every change that would make another training of it', () => {
    const mutations = mutationsOf(saved);
    const taken = mutations
      .filter(({value}) => !isDeepStrictEqual(value, saved)) // true for what is true is no change
      .filter(({value}) => 'value' in readBy(trainingSchema(frame), value))
      .map(({what}) => what)
      .filter((what) => !(FREE.test(what) && ANY_NUMBER.test(what)))
      .filter((what) => !MAY_BE.some((pattern) => pattern.test(what)));
    expect(taken).toEqual([]);
    expect(mutations.length).toBeGreaterThan(900);
  });

  it.each<[string, (state: State) => void, RegExp]>([
    ['an epoch of NaN', (s) => (s['epoch'] = NaN), /state\.epoch: .*NaN/],
    ['an epoch below 0', (s) => (s['epoch'] = -5), /state\.epoch: .*-5/],
    ['an epoch to come', (s) => Object.assign(s, {epoch: 1e9, step: 1e10}), /a history of other/],
    ['fewer steps than epochs', (s) => (s['step'] = 1), /fewer steps than epochs/],
    ['no history', (s) => (s['history'] = []), /a history of other epochs/],
    [
      'a memory that the method does not have',
      (s) => (s['memory'] = {a: 1}),
      /state\.memory: no memory/,
    ],
    ['text for tensors', (s) => (s['model'] = 'weights'), /state\.model/],
  ])('says what is wrong: %s', (_, change, problem) => {
    const copy = structuredClone(saved);
    change(copy.state);
    const read = readBy(trainingSchema(frame), copy);
    expect('problem' in read ? read.problem : 'nothing').toMatch(problem);
  });
});

describe('a training', () => {
  it('refuses what somebody put into its checkpoint by a typed error, and leaves the model', async () => {
    const model = denseNet();
    const begun = memoryCheckpoints();
    await trainWith(model, method, dataset, {...options, epochs: 1, checkpoints: begun});
    const run = (await begun.load('train')) as State;
    model.dispose();
    const mutations = mutationsOf(run);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...mutations), async ({value}) => {
        const checkpoints = memoryCheckpoints();
        await checkpoints.save('train', value as CheckpointValue);
        const other = denseNet();
        const bits = await bitsOf(other);
        await expectNoLeak(async () => {
          const ending = await trainWith(other, method, dataset, {...options, checkpoints}).catch(
            (reason: unknown) => ({reason}),
          );
          if (!('reason' in ending)) return;
          const {reason} = ending;
          expect(isInvalidArgumentError(reason) || isCheckpointMismatchError(reason)).toBe(true);
          expect(await bitsOf(other)).toEqual(bits);
        });
        other.dispose();
      }),
      {numRuns: 60, seed: 7},
    );
  });
});
