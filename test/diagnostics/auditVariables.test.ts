import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {auditGradients} from '../../src/diagnostics/auditGradients';
import {seeded} from '../support/models';
import {expectNoLeak, int} from '../support/tensors';

const x = tf.keep(seeded<tf.Rank.R2>([4, 5], 5));
const labels = tf.keep(int([0, 1, 2, 0]));

/** A layer whose operation has no gradient anywhere. */
class Uniques extends layers.layers.Layer {
  static readonly className = 'Uniques';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
      return tf.add(input, tf.mean(tf.unique(tf.reshape(input, [-1])).values));
    });
  }
}

/** A layer with a weight that it does not use. */
class Spare extends layers.layers.Layer {
  static readonly className = 'Spare';

  override build(): void {
    this.addWeight('unused', [3], 'float32', layers.initializers.ones());
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.clone((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor));
  }
}

const dense = (name: string) =>
  layers.layers.dense({units: 3, name, kernelInitializer: layers.initializers.ones()});

describe('auditVariables', () => {
  it('reports what has no gradient, and audits the rest', async () => {
    const input = layers.input({shape: [5]});
    const before = dense('before').apply(input);
    const odd = new Uniques({name: 'uniques'}).apply(before);
    const output = dense('behind').apply(odd) as layers.SymbolicTensor;
    const model = layers.model({inputs: input, outputs: output});
    await expectNoLeak(async () => {
      const audit = await auditGradients(model, x, labels);
      expect(audit.ok).toBe(false);
      expect(audit.input).toMatchObject({relativeError: Infinity, ok: false});
      expect(audit.input.problem).toMatch(/operation Unique in layer "uniques"/);
      const {variables} = audit;
      expect(variables.map(({layer, ok}) => [layer, ok])).toEqual([
        ['before', false],
        ['before', false],
        ['behind', true],
        ['behind', true],
      ]);
      expect(variables[0]?.problem).toMatch(/operation Unique in layer "uniques"/);
      expect(variables[2]?.problem).toBeUndefined();
      const unique = audit.ops.find(({kernel}) => kernel === 'Unique');
      expect(unique).toMatchObject({ok: false, relativeError: Infinity});
      expect(unique?.problem).toMatch(/^No gradient of the operation Unique/);
      expect(audit.ops.filter(({ok}) => !ok)).toHaveLength(1);
    });
    model.dispose();
  });

  it('takes a variable that the loss does not depend on: its gradient is zero', async () => {
    const input = layers.input({shape: [5]});
    const spare = new Spare({name: 'spare'}).apply(dense('before').apply(input));
    const model = layers.model({inputs: input, outputs: spare as layers.SymbolicTensor});
    const {ok, variables} = await auditGradients(model, x, labels);
    expect(ok).toBe(true);
    expect(
      variables.map(({layer, relativeError}) => [layer, (relativeError ?? NaN) < 1e-2]),
    ).toEqual([
      ['before', true],
      ['before', true],
      ['spare', true],
    ]);
    expect(variables[2]?.relativeError).toBe(0);
    model.dispose();
  });

  it('takes batch norm without scale and offset', async () => {
    const model = layers.sequential({
      layers: [
        layers.layers.batchNormalization({inputShape: [5], scale: false, center: false}),
        layers.layers.dense({
          units: 3,
          kernelInitializer: layers.initializers.glorotUniform({seed: 2}),
        }),
      ],
    });
    await expectNoLeak(async () => {
      expect(await auditGradients(model, x, labels)).toMatchObject({ok: true});
    });
    model.dispose();
  });

  it('names variables of the user, which are in no layer', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2), true, 'weights');
    const logits = (v: tf.Tensor2D): tf.Tensor2D => tf.matMul(v, weights as tf.Tensor2D);
    const model = {inference: logits, training: logits, variables: [weights], statistics: []};
    await expectNoLeak(async () => {
      const {variables} = await auditGradients<tf.Tensor2D>(model, x, labels);
      expect(variables).toStrictEqual([
        {name: 'weights', ok: true, relativeError: expect.any(Number) as number},
      ]);
      expect(variables[0]?.relativeError).toBeLessThan(0.01);
    });
    weights.dispose();
  });

  it('finds a wrong gradient of weights where losses are large', async () => {
    // The loss is about 300: its rounding hides small steps.
    const weights = tf.variable(tf.mul(200, seeded<tf.Rank.R2>([5, 3], 2)) as tf.Tensor2D);
    const off = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.5),
    }));
    const logits = (v: tf.Tensor2D): tf.Tensor2D => tf.matMul(v, off(weights) as tf.Tensor2D);
    const model = {inference: logits, training: logits, variables: [weights], statistics: []};
    const {variables} = await auditGradients<tf.Tensor2D>(model, x, labels);
    expect(variables[0]?.relativeError).toBeCloseTo(0.5, 1);
    weights.dispose();
  });

  it('does not audit what masks give', async () => {
    const weights = seeded<tf.Rank.R2>([5, 3], 2);
    const model = (v: tf.Tensor2D): tf.Tensor2D =>
      tf.matMul(tf.where(tf.greater(v, 0.1), v, tf.mul(v, 0.2)), weights);
    const audit = await auditGradients(model, x, labels);
    expect(audit.ok).toBe(true);
    expect(audit.ops.map(({kernel}) => kernel)).toContain('Select');
    expect(audit.ops.map(({kernel}) => kernel)).not.toContain('Greater');
    weights.dispose();
  });
});
