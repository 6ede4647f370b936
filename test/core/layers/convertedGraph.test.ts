// A network of Keras as TensorFlow's own converter writes it (fused convolutions, constants folded),
// against TensorFlow's logits and gradient; test/reference/graph_model.py makes the file.
import {loadGraphModelSync} from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {fgsmAttack} from '../../../src/attacks/fgsmAttack';
import {asClassifier} from '../../../src/core/classifier';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {inputGradient} from '../../../src/math/inputGradient';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';
import fixture from '../../golden/graph-keras.json';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const {weights, weightsManifest, modelTopology, format, signature} = fixture.model;
const graph = loadGraphModelSync({
  load: () => ({
    ...{modelTopology, format, signature},
    weightSpecs: weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: new Uint8Array(Buffer.from(weights, 'base64')).buffer,
  }),
});
const x = tf.tensor4d(fixture.x, [4, 6, 6, 2]);
const labels = int(fixture.labels);
afterAll(() => {
  graph.dispose();
  tf.dispose([x, labels]);
});

describe('a graph model of TensorFlow’s converter', () => {
  it('gives the logits before its softmax', async () => {
    await expectNoLeak(() => {
      const logits = asClassifier(graph)(x);
      expectClose(logits, fixture.logits, 1e-4);
      logits.dispose();
    });
  });

  it('gives the gradient of TensorFlow', async () => {
    await expectNoLeak(() => {
      const result = inputGradient(asClassifier(graph), x, labels, crossEntropy);
      expectClose(result.gradient, fixture.gradient, 1e-4);
      tf.dispose({...result});
    });
  });

  it('is attacked along the signs of that gradient, and evaluated', async () => {
    const options = {epsilon: 0.25, clip: null};
    const moved = tf.tidy(() => numbers(tf.sub(fgsmAttack(graph, x, labels, options), x)));
    fixture.gradient.forEach((slope, i) => {
      if (Math.abs(slope) > 1e-5) expect(moved[i]).toBeCloseTo(0.25 * Math.sign(slope), 5);
    });
    const report = await evaluateRobustness(graph, {x, labels}, {attacks: {}});
    const rows = [0, 1, 2, 3].map((row) => fixture.logits.slice(3 * row, 3 * row + 3));
    const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === fixture.labels[i]);
    expect(report.clean.accuracy).toBe(right.length / 4);
  });
});
