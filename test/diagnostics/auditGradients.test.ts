import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asDataset} from '../../src/core/asDataset';
import type {Attack} from '../../src/core/attack';
import {createRng} from '../../src/core/rng';
import {auditGradients} from '../../src/diagnostics/auditGradients';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {train} from '../../src/training/train';
import {captureModelState, restoreModelState} from '../../src/training/trainerState';
import {expectSameRegistries, registries} from '../kernels/support';
import {seeded, tinyConvNet} from '../support/models';
import {expectNoLeak, int} from '../support/tensors';
import {bitsOf} from '../support/trainings';

const x = tf.keep(seeded<tf.Rank.R4>([3, 8, 8, 1], 5));
const labels = tf.keep(int([0, 1, 2]));

/** Runs `body` with a wrong gradient of a kernel registered. */
async function withWrong(kernelName: string, factor: number, body: () => Promise<void>) {
  const shipped = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    ...shipped,
    gradFunc: (dy, saved, attrs) =>
      Object.fromEntries(
        Object.entries(shipped.gradFunc(dy, saved, attrs)).map(([name, gradient]) => [
          name,
          () => tf.mul((gradient as () => tf.Tensor)(), factor),
        ]),
      ),
  });
  try {
    await body();
  } finally {
    tf.unregisterGradient(kernelName);
    tf.registerGradient(shipped);
  }
}

/** A net whose activation has tfjs's own gradient on every backend. */
function tanhNet(): layers.Sequential {
  const kernelInitializer = layers.initializers.glorotUniform({seed: 4});
  return layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...{inputShape: [8, 8, 1], filters: 4, kernelSize: 3, kernelInitializer},
        activation: 'tanh',
      }),
      layers.layers.flatten(),
      layers.layers.dense({units: 3, kernelInitializer}),
    ],
  });
}

describe('auditGradients', () => {
  it('passes a sound network, and leaves everything as it was', async () => {
    const model = tinyConvNet({activation: 'softmax'});
    const before = [await bitsOf(model), Array.from(await x.data())];
    const registered = registries();
    await expectNoLeak(async () => {
      const audit = await auditGradients(model, x, labels);
      expect(audit).toMatchObject({ok: true, backend: tf.getBackend(), input: {ok: true}});
      expect(audit.input.relativeError).toBeLessThan(0.05);
      expect(audit.variables.map(({name}) => name)).toEqual(
        model.trainableWeights.map(({name}) => name),
      );
      expect(audit.variables[0]?.layer).toBe(audit.variables[0]?.name.split('/')[0]);
      expect(audit.ops.map(({kernel}) => kernel)).toEqual(
        expect.arrayContaining(['FusedBatchNorm', 'Relu', 'Reshape']),
      );
      expect(audit.passes).toBeGreaterThan(40);
      expect(audit.passes).toBeLessThan(400);
    });
    expect([await bitsOf(model), Array.from(await x.data())]).toEqual(before);
    expectSameRegistries(registered);
    expect(Object.hasOwn(tf.engine(), 'runKernelFunc')).toBe(false);
    model.dispose();
  });

  // tf.layers disposes of what a layer without an activation reads, as soon as it has run.
  it('takes a block of MobileNet as Keras writes it', async () => {
    const kernelInitializer = layers.initializers.glorotUniform({seed: 6});
    const depthwiseInitializer = kernelInitializer;
    const l = layers.layers;
    const model = layers.sequential({
      layers: [
        l.zeroPadding2d({
          ...{inputShape: [8, 8, 1]},
          padding: [
            [0, 1],
            [0, 1],
          ],
        }),
        l.conv2d({filters: 4, kernelSize: 3, strides: 2, useBias: false, kernelInitializer}),
        l.batchNormalization({momentum: 0.99, epsilon: 1e-3}),
        l.reLU({maxValue: 6}),
        l.depthwiseConv2d({
          ...{kernelSize: 3, padding: 'same', useBias: false, depthwiseInitializer},
        }),
        l.conv2d({filters: 6, kernelSize: 1, kernelInitializer}),
        l.globalAveragePooling2d({}),
        l.reshape({targetShape: [1, 1, 6]}),
        l.dropout({rate: 0.001}),
        l.conv2d({filters: 3, kernelSize: 1, padding: 'same', kernelInitializer}),
        l.reshape({targetShape: [3]}),
        l.activation({activation: 'softmax'}),
      ],
    });
    await expectNoLeak(async () => {
      const {ok, input, variables, ops} = await auditGradients(model, x, labels);
      expect([input, ...variables, ...ops].filter((part) => !part.ok)).toEqual([]);
      expect(ok).toBe(true);
    });
    model.dispose();
  });

  it('and a training of the same model do not disturb each other', async () => {
    const model = tinyConvNet();
    const start = await captureModelState(model);
    const dataset = await asDataset<tf.Tensor4D>({x, labels});
    const attack: Attack = (m, v, y, context) =>
      pgdAttack(m, v, y, {...context, epsilon: 0.05, steps: 2, clip: null});
    const recipe = {
      ...{method: pgdTraining({attack}), epochs: 8, batchSize: 2},
      optimizer: () => sgd({learningRate: 0.05, momentum: 0.9}),
    };
    let isAuditing = false;
    let together = 0;
    const training = async () => {
      const onProgress = () => void (together += isAuditing ? 1 : 0);
      const {history} = await train(model, dataset, recipe, {rng: createRng(3), onProgress});
      return {losses: history.map(({loss}) => loss), bits: await bitsOf(model)};
    };
    const alone = await training();
    restoreModelState(model, start);
    await expectNoLeak(async () => {
      isAuditing = true;
      const audit = auditGradients(model, x, labels).finally(() => (isAuditing = false));
      expect(await training()).toEqual(alone);
      const {ok, input, variables, ops} = await audit;
      expect([input, ...variables, ...ops].filter((part) => !part.ok)).toEqual([]);
      expect(ok).toBe(true);
    });
    expect(together).toBeGreaterThan(2);
    model.dispose();
  });

  it('names the operation that is off', async () => {
    const model = tanhNet();
    await withWrong(tf.Tanh, 0.5, async () => {
      const audit = await auditGradients(model, x, labels);
      expect(audit.ok).toBe(false);
      expect(audit.input.ok).toBe(false);
      expect(audit.ops.filter(({ok}) => !ok).map(({kernel}) => kernel)).toEqual(['Tanh']);
      expect(audit.ops[0]?.relativeError).toBeCloseTo(0.5, 1);
      // What lies behind the activation is right.
      const wrong = audit.variables.filter(({ok}) => !ok).map(({name}) => name);
      expect(wrong).not.toContain(model.trainableWeights.at(-1)?.name);
      expect(wrong).toContain(model.trainableWeights[0]?.name);
    });
    model.dispose();
  });

  it('names the layer of a custom gradient that is off', async () => {
    const square = tf.customGrad((v, save) => {
      const input = v as tf.Tensor;
      (save as tf.GradSaveFunc)([input]);
      return {
        value: tf.square(input),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0] as tf.Tensor),
      };
    });
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    const model = (v: tf.Tensor4D): tf.Tensor2D =>
      tf.matMul(square(tf.reshape(v, [-1, 64])) as tf.Tensor2D, weights);
    await expectNoLeak(async () => {
      const audit = await auditGradients(model, x, labels);
      expect(audit).toMatchObject({ok: false, input: {ok: false}, variables: []});
      expect(audit.ops[0]).toMatchObject({kernel: 'tf.customGrad', ok: false, shapes: [[3, 64]]});
      expect(audit.ops.slice(1).every(({ok}) => ok)).toBe(true);
    });
    expect(weights.isDisposed).toBe(false);
    weights.dispose();
  });

  it('names a kernel of the user whose gradient is off', async () => {
    const kernelName = 'AuditedDouble';
    tf.registerKernel({
      kernelName,
      backendName: tf.getBackend(),
      kernelFunc: ({inputs}) => tf.mul(inputs['x'] as tf.Tensor, 2),
    });
    tf.registerGradient({kernelName, gradFunc: (dy) => ({x: () => tf.mul(dy as tf.Tensor, 3)})});
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    const model = (v: tf.Tensor4D): tf.Tensor2D => {
      const doubled = tf.engine().runKernel(kernelName, {x: v}) as tf.Tensor;
      return tf.matMul(tf.reshape(doubled, [-1, 64]), weights);
    };
    const audit = await auditGradients(model, x, labels);
    expect(audit.ops.filter(({ok}) => !ok)).toMatchObject([{kernel: kernelName}]);
    expect(audit.ops[0]?.relativeError).toBeCloseTo(1 / 3, 2);
    tf.unregisterGradient(kernelName);
    tf.unregisterKernel(kernelName, tf.getBackend());
    weights.dispose();
  });

  it('does not accuse ReLUs and pools at their kinks, nor dropout', async () => {
    const init = (seed: number) => layers.initializers.glorotUniform({seed});
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          inputShape: [8, 8, 1],
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: init(1),
        }),
        layers.layers.maxPooling2d({poolSize: 2}),
        layers.layers.dropout({rate: 0.5}),
        layers.layers.flatten(),
        layers.layers.dense({units: 3, kernelInitializer: init(2)}),
      ],
    });
    // Half of the picture is black: its ReLUs stand at zero.
    const black = tf.tidy(() => tf.relu(x));
    const audit = await auditGradients(model, black, labels);
    expect(audit.ok).toBe(true);
    expect(audit.ops.map(({kernel}) => kernel)).toContain('MaxPool');
    black.dispose();
    model.dispose();
  });

  it('takes its directions from rng, the same ones without', async () => {
    const model = tinyConvNet();
    const settings = {directions: 1};
    const [a, b, c, d] = [
      await auditGradients(model, x, labels, settings),
      await auditGradients(model, x, labels, {...settings, rng: createRng(1)}),
      await auditGradients(model, x, labels, {...settings, rng: createRng(2)}),
      await auditGradients(model, x, labels),
    ];
    expect(a).toEqual(b);
    expect(c.input.relativeError).not.toBe(a.input.relativeError);
    expect(d.passes).toBeGreaterThan(a.passes);
    model.dispose();
  });

  it('takes as few passes as is said where all is smooth', async () => {
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    const bare = (v: tf.Tensor4D): tf.Tensor2D => tf.matMul(tf.reshape(v, [-1, 64]), weights);
    // One for the logits; then one for the gradient, two for each of two directions.
    expect((await auditGradients(bare, x, labels)).passes).toBe(1 + 5);
    expect((await auditGradients(bare, x, labels, {directions: 1})).passes).toBe(1 + 3);
    const kernel = tf.variable(weights, true, 'kernel');
    const forward = (v: tf.Tensor4D): tf.Tensor2D =>
      tf.matMul(tf.reshape(v, [-1, 64]), kernel as unknown as tf.Tensor2D);
    const trainable = {
      ...{inference: forward, training: forward, variables: [kernel], statistics: []},
    };
    const audit = await auditGradients<tf.Tensor4D>(trainable, x, labels);
    // Two to see whether chance is at work, one for the gradients, four for the variable.
    expect(audit.passes).toBe(1 + 5 + 2 + 1 + 4);
    // A name without a layer.
    expect(audit.variables).toEqual([
      {name: 'kernel', relativeError: expect.any(Number) as number, ok: true},
    ]);
    tf.dispose([weights, kernel]);
  });

  it('passes on what a gradient throws of its own', async () => {
    const own = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: () => {
        throw new Error('its own');
      },
    }));
    const weights = tf.keep(seeded<tf.Rank.R2>([64, 3], 2));
    const model = (v: tf.Tensor4D) =>
      tf.matMul(tf.reshape(own(v), [-1, 64]) as tf.Tensor2D, weights) as tf.Tensor2D;
    await expectNoLeak(async () => {
      await expect(auditGradients(model, x, labels)).rejects.toThrow('its own');
    });
    weights.dispose();
  });

  it('judges by the tolerance', async () => {
    const model = tanhNet();
    await withWrong(tf.Tanh, 0.9, async () => {
      const strict = await auditGradients(model, x, labels);
      const lax = await auditGradients(model, x, labels, {tolerance: 0.5});
      expect([strict.ok, lax.ok]).toEqual([false, true]);
    });
    model.dispose();
  });

  it('says what is wrong with its arguments', async () => {
    const model = tinyConvNet();
    const audit = (...[m, v, l, options]: Partial<Parameters<typeof auditGradients>>) =>
      auditGradients(m ?? model, v ?? x, l ?? labels, options);
    const [short, wrong] = [int([0]), int([0, 1, 3])];
    await expectNoLeak(async () => {
      await expect(audit(model, x, labels, {tolerance: 0})).rejects.toThrow(
        /^auditGradients: "tolerance" must be a finite number > 0, found 0\./,
      );
      await expect(audit(model, x, labels, {directions: 0})).rejects.toThrow(/"directions"/);
      await expect(audit(model, x, short)).rejects.toThrow(/"labels"/);
      await expect(audit(model, x, wrong)).rejects.toThrow(/^auditGradients: "labels" must lie in/);
      await expect(audit(model, x, labels, {tolerance: -1})).rejects.toThrow(/"tolerance"/);
      await expect(audit(model, x, labels, {directions: 1.5})).rejects.toThrow(/"directions"/);
      const nan = (v: tf.Tensor4D) => tf.mul(tf.reshape(v, [3, -1]), NaN) as tf.Tensor2D;
      await expect(audit(nan as never)).rejects.toThrow(/^auditGradients: "model" must/);
      const infinite = tf.fill<tf.Rank.R4>([3, 8, 8, 1], Infinity);
      await expect(audit(model, infinite)).rejects.toThrow(/^auditGradients: "x"/);
      infinite.dispose();
      await expect(audit(3 as never)).rejects.toThrow(/"model"/);
      await expect(audit(model, x, labels, {steps: 1} as never)).rejects.toThrow(/"steps"/);
      const signal = AbortSignal.abort(new Error('stopped'));
      await expect(audit(model, x, labels, {signal})).rejects.toThrow('stopped');
    });
    model.dispose();
  });

  it('says so where x is disposed before it is done with it', async () => {
    const model = tinyConvNet();
    const gone = tf.clone(x);
    const auditing = auditGradients(model, gone, labels);
    gone.dispose();
    await expect(auditing).rejects.toThrow(/^auditGradients: "x" must outlive the call/);
    model.dispose();
  });

  it('is not ok where a gradient to weights alone is off', async () => {
    const kernel = tf.variable(seeded<tf.Rank.R2>([64, 3], 6), true, 'kernel');
    const half = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.5),
    }));
    const forward = (v: tf.Tensor4D): tf.Tensor2D =>
      tf.matMul(tf.reshape(v, [-1, 64]), half(kernel) as tf.Tensor2D);
    const model = {inference: forward, training: forward, variables: [kernel], statistics: []};
    await expectNoLeak(async () => {
      const {ok, input, variables} = await auditGradients<tf.Tensor4D>(model, x, labels);
      expect([ok, input.ok, variables[0]?.ok]).toEqual([false, true, false]);
      expect(input).not.toHaveProperty('problem');
    });
    kernel.dispose();
  });

  it('stops between its parts where it is aborted, and leaks nothing', async () => {
    const controller = new AbortController();
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    let passes = 0;
    const model = (v: tf.Tensor4D): tf.Tensor2D => {
      // The sixth pass is the last of the input's.
      if (++passes === 6) controller.abort(new Error('stopped'));
      return tf.matMul(tf.reshape(v, [-1, 64]), weights);
    };
    await expectNoLeak(async () => {
      const audit = auditGradients(model, x, labels, {signal: controller.signal});
      await expect(audit).rejects.toThrow('stopped');
    });
    expect(passes).toBe(6);
    weights.dispose();
  });

  it('takes a tolerance of 0.05 and two directions by default', async () => {
    const model = tanhNet();
    const [own, same] = [
      await auditGradients(model, x, labels),
      await auditGradients(model, x, labels, {tolerance: 0.05, directions: 2}),
    ];
    expect(own).toEqual(same);
    for (const [factor, ok] of [
      [0.97, true],
      [0.93, false],
    ] as const) {
      // prettier-ignore
      await withWrong(tf.Tanh, factor, async () => {
        const {ops} = await auditGradients(model, x, labels);
        expect(ops.find(({kernel}) => kernel === 'Tanh')?.ok).toBe(ok);
      });
    }
    model.dispose();
  });

  it('passes an error of exactly the tolerance', async () => {
    const none = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
    }));
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    const model = (v: tf.Tensor4D) =>
      tf.matMul(none(tf.reshape(v, [-1, 64])) as tf.Tensor2D, weights) as tf.Tensor2D;
    const {input} = await auditGradients(model, x, labels, {tolerance: 1});
    expect(input).toEqual({relativeError: 1, ok: true});
    weights.dispose();
  });

  it('passes on what the gradient to the input alone throws', async () => {
    let calls = 0;
    const once = tf.customGrad((v) => ({
      value: tf.mul(v as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => {
        if (++calls === 1) throw new Error('the first time');
        return dy;
      },
    }));
    const weights = seeded<tf.Rank.R2>([64, 3], 6);
    const model = (v: tf.Tensor4D) =>
      tf.matMul(once(tf.reshape(v, [-1, 64])) as tf.Tensor2D, weights) as tf.Tensor2D;
    await expect(auditGradients(model, x, labels)).rejects.toThrow('the first time');
    weights.dispose();
  });
});
