import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import type {TrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {auditGradients} from '../../src/diagnostics/auditGradients';
import type {AuditRun} from '../../src/diagnostics/auditRun';
import {auditVariables} from '../../src/diagnostics/auditVariables';
import {seeded} from '../support/models';
import {expectNoLeak, int, numbers} from '../support/tensors';

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

  const inert = {statistics: []};

  /** x times weights that `look` sees in each pass, with a gradient to them that is off. */
  const withWeights = (
    weights: tf.Variable,
    by = 1,
    look: (values: readonly number[]) => void = () => undefined,
  ) => {
    const off = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, by),
    }));
    const logits = (v: tf.Tensor2D): tf.Tensor2D => {
      look(numbers(weights));
      return tf.matMul(v, off(weights) as tf.Tensor2D);
    };
    return {inference: logits, training: logits, variables: [weights], ...inert};
  };

  const runOf = (options: Partial<AuditRun> = {}): AuditRun => ({
    ...{tolerance: 0.05, directions: 1, signal: undefined, x, labels},
    ...{rng: createRng(1), ops: new Map(), statistics: [], passes: 0},
    ...options,
  });

  async function audit(model: unknown, options: Partial<AuditRun> = {}) {
    const run = runOf(options);
    try {
      const found = await auditVariables(run, model as TrainableClassifier<tf.Tensor>);
      return {found, passes: run.passes};
    } finally {
      for (const op of run.ops.values()) op.dispose();
    }
  }

  it('tries four steps, relative to the size of the weights, and moved inputs', async () => {
    const weights = tf.variable(tf.fill([5, 3], -2), true, 'block/conv/kernel');
    const seen: number[] = [];
    const look = ([first = NaN]: readonly number[]) => void seen.push(Math.abs(first + 2));
    await expectNoLeak(async () => {
      const {found, passes} = await audit(withWeights(weights, 0.5, look));
      expect(found).toEqual([
        {name: 'block/conv/kernel', layer: 'block', ok: false, relativeError: found[0]?.relativeError}, // prettier-ignore
      ]);
      expect(found[0]?.relativeError).toBeCloseTo(0.5, 1);
      // Two for chance; then, at each of three places, one gradient and four steps forth and back.
      expect(passes).toBe(2 + 3 * (1 + 4 * 2));
      expect(passes).toBe(seen.length);
      const steps = [0, 0, 0, ...[3e-2, 1e-2, 1e-1, 3e-3].flatMap((step) => [step, step])];
      steps.forEach((step, i) => expect(seen[i]).toBeCloseTo(step * 2, 5));
    });
    expect(new Set(numbers(weights))).toEqual(new Set([-2]));
    weights.dispose();
  });

  it('takes the least size of weights to be a hundredth', async () => {
    const weights = tf.variable(tf.zeros([5, 3]));
    const seen: number[] = [];
    await audit(withWeights(weights, 1, ([first = NaN]) => void seen.push(Math.abs(first))));
    expect(Math.max(...seen)).toBeCloseTo(3e-4, 8);
    weights.dispose();
  });

  it('tries only those variables again that are off', async () => {
    const [right, wrong] = [
      tf.variable(seeded<tf.Rank.R2>([5, 3], 2)),
      tf.variable(seeded<tf.Rank.R2>([5, 3], 3)),
    ];
    const [one, two] = [withWeights(right), withWeights(wrong, 0.5)];
    const logits = (v: tf.Tensor2D) => tf.add(one.training(v), two.training(v));
    const model = {inference: logits, training: logits, variables: [right, wrong], ...inert};
    const {found, passes} = await audit(model);
    expect(found.map(({ok}) => ok)).toEqual([true, false]);
    expect(found[0]).not.toHaveProperty('problem');
    // Two for chance, three gradients, two for the right weights, and three times eight for the wrong ones.
    expect(passes).toBe(2 + 3 + 2 + 3 * 8);
    tf.dispose([right, wrong]);
  });

  it('does not take the rounding of a large loss for an error', async () => {
    // Next to 1e5 float32 has steps of 0.008: no difference of these losses says anything.
    const weights = tf.variable(tf.fill([5, 3], 1e-3));
    const {training} = withWeights(weights);
    const logits = (v: tf.Tensor2D) => tf.add(training(v), tf.tensor1d([-1e5, 0, 0]));
    const model = {inference: logits, training: logits, variables: [weights], ...inert};
    const {found} = await audit(model);
    expect(found).toMatchObject([{ok: true, relativeError: 0}]);
    weights.dispose();
  });

  it('judges by the tolerance', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2));
    const {found, passes} = await audit(withWeights(weights, 0.75), {tolerance: 0.4});
    expect(found[0]?.relativeError).toBeCloseTo(0.25, 1);
    expect(found[0]?.ok).toBe(true);
    expect(passes).toBe(2 + 1 + 8);
    weights.dispose();
  });

  it('takes inference mode where training mode is random', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2));
    const {inference} = withWeights(weights);
    let training = 0;
    const model = {
      ...{inference, variables: [weights], ...inert},
      training: (v: tf.Tensor2D) =>
        tf.add(inference(v), tf.mul(tf.slice(v, [0, 0], [4, 3]), training++)),
    };
    const {found} = await audit(model);
    expect(found).toMatchObject([{ok: true}]);
    expect(training).toBe(2);
    weights.dispose();
  });

  it('stops at the next variable where it is aborted', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2));
    const controller = new AbortController();
    let passes = 0;
    const look = () => {
      if (++passes === 3) controller.abort(new Error('stopped'));
    };
    await expectNoLeak(async () => {
      const stopped = audit(withWeights(weights, 1, look), {signal: controller.signal});
      await expect(stopped).rejects.toThrow('stopped');
    });
    expect(passes).toBe(3);
    weights.dispose();
  });

  it('passes on what a pass throws of its own', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2));
    const {training} = withWeights(weights);
    let passes = 0;
    const logits = (v: tf.Tensor2D) => {
      if (++passes === 3) throw new Error('its own');
      return training(v);
    };
    const model = {inference: logits, training: logits, variables: [weights], ...inert};
    await expectNoLeak(async () => {
      await expect(audit(model)).rejects.toThrow('its own');
    });
    weights.dispose();
  });

  it('passes an error of exactly the tolerance', async () => {
    const weights = tf.variable(seeded<tf.Rank.R2>([5, 3], 2));
    const {found, passes} = await audit(withWeights(weights, 0), {tolerance: 1});
    expect(found).toMatchObject([{ok: true, relativeError: 1}]);
    expect(passes).toBe(2 + 1 + 8);
    weights.dispose();
  });
});
