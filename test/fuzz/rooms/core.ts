import * as layers from '@tensorflow/tfjs-layers';

import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {anything, callback, choice, only, optional, text, whole, wholes} from '../kinds';

const {model} = f;
const isIterable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** The vocabulary: models, data sets, randomness, checkpoints. */
export const CORE: readonly Call[] = [
  call('classifierInMode', root.classifierInMode, {model: f.trainable, mode: f.attackMode}),
  call('memoryCheckpoints', root.memoryCheckpoints, {}),
  call('byExample', root.byExample, {classify: callback(() => undefined)}),
  call('asClassifier', root.asClassifier, {model, where: optional(text('here'))}),
  call('asTrainableClassifier', root.asTrainableClassifier, {
    model: f.layersModel,
    where: optional(text('here')),
    variance: optional(choice('biased')),
  }),
  call('subset', root.subset, {dataset: f.data, indices: wholes([0, 1], 0, 8, () => true)}),
  call('identityOf', root.identityOf, {value: anything(1)}),
  call('withIdentity', root.withIdentity, {
    value: only(
      () => ({}),
      (v) => (typeof v === 'object' && v !== null) || typeof v === 'function',
    ),
    identity: anything('a'),
  }),
  call('fromProbabilities', root.fromProbabilities, {model}),
  call('bindInputs', root.bindInputs, {
    model: only(() => twoInputs()),
    others: only(() => ({b: f.X()})),
  }),
  call('pickOutput', root.pickOutput, {
    model: only(() => twoOutputs()),
    output: only(
      () => 1,
      (v) => v === 0 || v === 1,
    ),
  }),
  call(
    'prefetch',
    root.prefetch,
    {
      dataset: f.data,
      // Looked at as they come.
      batches: only(() => [[0, 1]], isIterable),
    },
    {ahead: whole(1)},
  ),
  call('createRng', root.createRng, {seed: whole(1, 0, 2 ** 53, Infinity)}),
  call('restoreRng', root.restoreRng, {state: only(() => root.createRng(1).state())}),
];

let pairNet: layers.LayersModel | undefined;
function twoInputs(): layers.LayersModel {
  if (pairNet !== undefined) return pairNet;
  const [a, b] = ['a', 'b'].map((name) => layers.input({shape: [3], name}));
  const sum = layers.layers.add().apply([a, b] as layers.SymbolicTensor[]);
  const out = layers.layers.dense({units: 3}).apply(sum) as layers.SymbolicTensor;
  return (pairNet = layers.model({inputs: [a, b] as layers.SymbolicTensor[], outputs: out}));
}

let forkNet: layers.LayersModel | undefined;
function twoOutputs(): layers.LayersModel {
  if (forkNet !== undefined) return forkNet;
  const a = layers.input({shape: [3]});
  const outputs = [3, 3].map(
    (units) => layers.layers.dense({units}).apply(a) as layers.SymbolicTensor,
  );
  return (forkNet = layers.model({inputs: a, outputs}));
}
