import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

import * as root from '../../../src/index';
import {
  disposedNet,
  forkNet,
  labels,
  logitsOf,
  net,
  pairNet,
  rng,
  untyped,
  x,
  type Mistake,
} from './fixtures';

const pgd = untyped(root.pgdAttack);
const apgd = untyped(root.apgdAttack);

// A row of its own for each of three examples, kept beside the model.
const beside = tf.keep(x());
// Wrong for two, so that the attack begins with one.
const wrongLabels = () => tf.tensor1d([1, 1, 0], 'int32');

/** Mistakes with models. */
export const MODELS: readonly Mistake[] = [
  [
    'a function to probabilities',
    () => pgd((z: unknown) => tf.softmax(logitsOf(z)), x(), labels()),
    'pgdAttack: "model" must give logits, found probabilities: every row lies in [0, 1] and sums to 1. Their gradients vanish and fake robustness. Return the scores before the softmax; where you only have probabilities, attack and evaluate fromProbabilities(model).',
  ],
  [
    'a disposed model',
    () => pgd(disposedNet(), x(), labels()),
    'pgdAttack: "model" must have its weights, found a model that was disposed. Dispose it when it is no longer needed; a loaded one has to be loaded again.',
  ],
  [
    'a model without layers',
    () => pgd(tfl.sequential(), x(), labels()),
    'pgdAttack: "model" must have exactly one of its inputs, found 0 inputs. Add its layers first.',
  ],
  [
    'a promise of a model',
    () => pgd(Promise.resolve(net()), x(), labels()),
    'pgdAttack: "model" must be a function from x to logits, a tf.LayersModel or a tf.GraphModel, found a promise. Await it first.',
  ],
  [
    'the address of a model',
    () => pgd('model.json', x(), labels()),
    'pgdAttack: "model" must be a function from x to logits, a tf.LayersModel or a tf.GraphModel, found \'model.json\'. Load it: await tf.loadLayersModel(url).',
  ],
  [
    'an asynchronous function',
    () => pgd((z: unknown) => Promise.resolve(logitsOf(z)), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found a promise. Return the tensor itself: a model is synchronous.',
  ],
  [
    'a function to arrays',
    () => pgd((z: unknown) => logitsOf(z).arraySync(), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found an array of 3 arrays. Return a tensor. Values read by arraySync or dataSync have no gradient.',
  ],
  [
    'a function to a list of outputs',
    () => pgd((z: unknown) => [logitsOf(z)], x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found an array of 1. Return the one of its outputs that has the class scores.',
  ],
  [
    'a function to classes',
    () => pgd((z: unknown) => tf.argMax(logitsOf(z), 1), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found int32 [3]. Return the scores themselves, not the class of the largest (tf.argMax).',
  ],
  [
    'a function without return',
    () => pgd((z: unknown) => void logitsOf(z), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found undefined. Return the logits: a body in braces needs `return`.',
  ],
  [
    'a single score',
    () => pgd((z: unknown) => tf.sum(z as tf.Tensor, 1, true), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found float32 [3, 1]. For a single score s return two logits, [0, s].',
  ],
  [
    'an output [n, 1, 1, C]',
    () => pgd((z: unknown) => tf.reshape(logitsOf(z), [-1, 1, 1, 3]), x(), labels()),
    'pgdAttack: "model" must give logits [3, classes] with at least 2 classes, found float32 [3, 1, 1, 3]. Drop the axes of length 1: tf.reshape(z, [-1, classes]).',
  ],
  [
    'squeeze on one example',
    () =>
      pgd((z: unknown) => tf.squeeze(logitsOf(z)), tf.slice(x(), 0, 1), tf.slice(labels(), 0, 1)),
    'pgdAttack: "model" must give logits [1, classes] with at least 2 classes, found float32 [3]. Keep the batch axis: one row for a single example, too. tf.squeeze(z) drops it; name the axes it may drop.',
  ],
  [
    'values read from the input',
    () => pgd((z: unknown) => logitsOf(tf.tensor((z as tf.Tensor).arraySync())), x(), labels()),
    'pgdAttack: no example has a usable gradient. Of 3, it is zero for 3 and not finite for 0. Rounding, steps, saturated units and values that the model reads (dataSync) hide the gradient: attack a smooth stand-in for them, or use squareAttack, which needs none. Token numbers have none: attack what the embedding makes of them, see embeddingSpace.',
  ],
  [
    'two outputs',
    () => pgd(forkNet(), x(), labels()),
    'pgdAttack: "model" must have exactly one of its outputs, found 2 outputs. Choose one: pickOutput(model, name or index).',
  ],
  [
    'two inputs',
    () => pgd(pairNet(), x(), labels()),
    'pgdAttack: "model" must have exactly one of its inputs, found 2 inputs. Fix the others: bindInputs(model, {...}).',
  ],
  [
    'a list of inputs',
    () => pgd(pairNet(), [x(), x()], labels()),
    'pgdAttack: "x" must be a float32 tensor [batch, ...], found an array of 2. For separate examples pass tf.stack(x). For a model of several inputs pass the one that is attacked, and fix the others: bindInputs(model, {...}).',
  ],
  [
    'several sigmoids',
    () =>
      pgd(
        tfl.sequential({
          layers: [
            tfl.layers.dense({inputShape: [3], units: 3, activation: 'sigmoid', name: 'yes_or_no'}),
          ],
        }),
        x(),
        labels(),
      ),
    'pgdAttack: "model" must give logits [batch, classes], one score per class, found several sigmoid units (layer "yes_or_no"). Sigmoids are answers to separate yes-or-no questions, not classes of one question. For one of them, pass a function to its two logits [0, s]; where exactly one class is right, pass a function to the scores before the sigmoids.',
  ],
  [
    'tensors of its own for each example, other rows left',
    () =>
      apgd(
        (z: unknown) => tf.matMul(tf.add(z as tf.Tensor2D, beside), tf.eye(3)),
        x(),
        wrongLabels(),
        {rng: rng(), steps: 2},
      ),
    'apgdAttack: "model" must give logits [1, classes] with at least 2 classes, found float32 [3, 3]. Give a row for each example of x, however many there are: attacks leave out the examples that they are done with. A function that brings tensors of its own for each example is told which it sees by byExample((x, exampleIds) => ...), a tf.LayersModel by bindInputs.',
  ],
  [
    'a second input in a closure',
    () =>
      apgd(
        (z: unknown) =>
          logitsOf(tf.slice(tf.concat([z as tf.Tensor2D, beside], 1), [0, 0], [-1, 3])),
        x(),
        wrongLabels(),
        {rng: rng(), steps: 2},
      ),
    'apgdAttack: "model" must take one example, not only 3, found an error of TensorFlow.js: Error in concat2D: Shape of tensors[1] (3,3) does not match the shape of the rest (1,3) along the non-concatenated axis 1. Attacks leave out the examples that they are done with, and evaluations go batch by batch. A function that brings tensors of its own for each example is told which it sees by byExample((x, exampleIds) => ...); the other inputs of a tf.LayersModel are bound by bindInputs.',
  ],
  [
    'a method of a model',
    () => pgd(net().predict, x(), labels()),
    'pgdAttack: "model" must be a function that can be called by itself, found a method without its object: it reads this.model. Pass the model itself, or (x) => model.predict(x).',
  ],
];
