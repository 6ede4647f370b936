import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {asClassifier, asTrainableClassifier} from '../../../src/core/classifier';
import type {Dataset} from '../../../src/core/dataset';
import {isGraphModel} from '../../../src/core/layers/graphModel';
import {pickOutput} from '../../../src/core/layers/pickOutput';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';
import {denseGraph} from '../../support/graphModels';

const KERNEL = [
  [4, -4, 0],
  [-4, 4, 1],
];
const X = [
  [0.9, 0.1],
  [0.52, 0.48],
];
// x times the kernel, by hand.
const LOGITS = [3.2, -3.2, 0.1, 0.16, -0.16, 0.48];

let x: tf.Tensor2D;
let before: number;
beforeEach(() => {
  x = tf.tensor2d(X);
  before = tf.memory().numTensors;
});
afterEach(() => x.dispose());

const expectClose = (found: tf.Tensor, wanted: readonly number[]) => {
  const values = Array.from(found.dataSync());
  found.dispose();
  expect(values).toHaveLength(wanted.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
};

describe('a tf.GraphModel as a classifier', () => {
  it.each([
    [['Softmax'] as const],
    [['Softmax', 'Identity'] as const],
    [['Identity'] as const],
    [[] as const],
  ])('gives the logits before %j', (endings) => {
    const graph = denseGraph({kernel: KERNEL, endings});
    expect(isGraphModel(graph)).toBe(true);
    const tensors = tf.memory().numTensors;
    expectClose(asClassifier<tf.Tensor2D>(graph)(x), LOGITS);
    expect(tf.memory().numTensors).toBe(tensors);
    graph.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the two logits [0, s] of one sigmoid unit', () => {
    const graph = denseGraph({kernel: [[4], [-4]], endings: ['Sigmoid']});
    expectClose(asClassifier<tf.Tensor2D>(graph)(x), [0, 3.2, 0, 0.16]);
    graph.dispose();
  });

  it('refuses several sigmoids', () => {
    const graph = denseGraph({kernel: KERNEL, endings: ['Sigmoid']});
    expect(() => asClassifier<tf.Tensor2D>(graph)(x)).toThrow(/several sigmoid units/);
    expect(tf.memory().numTensors - before).toBe(2); // its kernel, and an axis
    graph.dispose();
  });

  it('is attacked through the logits, with the closed form of a linear model', () => {
    const graph = denseGraph({
      kernel: [
        [4, -4],
        [-4, 4],
      ].map((row) => [...row]),
      endings: ['Softmax'],
    });
    const labels = tf.tensor1d([0, 0], 'int32');
    const epsilon = 0.05;
    const adversarial = pgdAttack(graph, x, labels, {epsilon, steps: 10});
    expectClose(adversarial, [0.85, 0.15, 0.47, 0.53]);
    tf.dispose([labels, graph.weights]);
  });

  it('is evaluated', async () => {
    const graph = denseGraph({kernel: KERNEL, endings: ['Softmax']});
    const data: Dataset<tf.Tensor2D> = {
      numClasses: 3,
      labels: Int32Array.of(0, 2),
      batch: (indices) => ({
        x: tf.gather(x, Int32Array.from(indices)),
        labels: tf.tensor1d(
          Array.from(indices, (i) => [0, 2][i]!),
          'int32',
        ),
      }),
    };
    const {clean} = await evaluateRobustness<tf.Tensor2D>(graph, data, {attacks: {}});
    expect(clean.accuracy).toBe(1);
    graph.dispose();
  });

  it('names the outputs where there are several, and takes the chosen one', () => {
    const graph = denseGraph({
      kernel: KERNEL,
      endings: ['Softmax'],
      outputs: ['softmax', 'logits'],
    });
    expect(() => asClassifier(graph, 'pgdAttack')).toThrow(
      'pgdAttack: "model" must have exactly one output, found a tf.GraphModel with the outputs ' +
        "softmax, logits. Choose one of them: pickOutput(graph, 'softmax').",
    );
    expectClose(pickOutput<tf.Tensor2D>(graph, 'softmax')(x), LOGITS);
    expectClose(pickOutput<tf.Tensor2D>(graph, 1)(x), LOGITS);
    graph.dispose();
  });

  it.each<[string, () => tf.Tensor2D, RegExp]>([
    [
      'an index in place of scores',
      () =>
        asClassifier<tf.Tensor2D>(denseGraph({kernel: KERNEL, endings: ['Softmax', 'ArgMax']}))(x),
      /"model" must give logits, float32 \[batch, classes\], found int32 \[2\] at "argmax".*pickOutput\(graph, 'logits'\) say\. Candidates: 'logits' \(MatMul\)\./,
    ],
    [
      'a softmax that is written out',
      () => asClassifier<tf.Tensor2D>(denseGraph({kernel: KERNEL, endings: ['divided Exp']}))(x),
      /found exponentials that are divided, at "divided exp": probabilities\..*'logits' \(MatMul\)/,
    ],
    [
      'a node that is not there',
      () => pickOutput<tf.Tensor2D>(denseGraph({kernel: KERNEL, endings: ['Softmax']}), 'logit')(x),
      /"output" must be a node of the graph, found "logit"\..*Candidates: 'logits' \(MatMul\)/,
    ],
  ])('lists the nodes that may be the logits: %s', (_, run, message) => {
    tf.tidy(() => {
      expect(() => run()).toThrow(message);
    });
    // The node that the message names gives them.
    tf.tidy(() => {
      const graph = denseGraph({kernel: KERNEL, endings: ['divided Exp']});
      expectClose(pickOutput<tf.Tensor2D>(graph, 'logits')(x), LOGITS);
    });
  });

  it('cannot be trained', () => {
    const graph = denseGraph({kernel: KERNEL, endings: []});
    const train = () => asTrainableClassifier(graph as never, 'train');
    expect(train).toThrow(
      /found a tf\.GraphModel\. Its weights are constants\. Load the model as a/,
    );
    graph.dispose();
  });
});
