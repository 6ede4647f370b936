import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {asClassifier} from '../../src/core/classifier';
import type {Batch} from '../../src/core/dataset';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {loadStateDict} from '../../src/models/pytorch/loadStateDict';
import {stateDict} from '../../src/models/pytorch/stateDict';
import type {StateTensor} from '../../src/models/pytorch/stateTensor';
import {resnet18} from '../../src/models/resnet18';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';

interface Run {
  readonly settings: {steps: number; batch: number; learningRate: number};
  readonly momentum: number;
  readonly weightDecay: number;
  readonly losses: number[];
  readonly statistics: Readonly<Record<string, {mean: number[]; variance: number[]}>>;
  readonly logits: number[];
}

// What PyTorch computes in float64 (networks_torch.py).
const file = fileURLToPath(new URL('../golden/training-torch.json', import.meta.url));
const {settings, momentum, weightDecay, losses, statistics, logits} = JSON.parse(
  readFileSync(file, 'utf8'),
) as Run;

/** The numbers in [0, 1) that networks_torch.py makes its weights and images of. */
function mixed(stream: number, size: number): Float64Array {
  return Float64Array.from({length: size}, (_, i) => {
    let h = (Math.imul(i, 0x9e3779b1) + Math.imul(stream, 0x85ebca77)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  });
}

async function loadStart(model: LayersModel): Promise<void> {
  const start = new Map<string, StateTensor>(await stateDict(model));
  const names = [...start.keys()].filter((name) => !name.includes('.running_')).sort();
  names.forEach((name, stream) => {
    const {shape} = start.get(name) as StateTensor;
    if (shape.length === 1 && name !== 'linear.bias') return; // of batch norm
    const size = shape.reduce((product, length) => product * length, 1);
    const fanIn = name.startsWith('linear.') ? 128 : size / (shape[0] as number);
    const bound = 1 / Math.sqrt(fanIn);
    const values = Float32Array.from(mixed(stream, size), (u) => bound * (2 * u - 1));
    start.set(name, {shape, values});
  });
  loadStateDict(model, start);
}

const PIXELS = 32 * 32 * 3;

function batchOf(step: number): Batch {
  const labels = Array.from({length: settings.batch}, (_, i) => (i * 7 + step) % 10);
  const noise = mixed(2000 + step, settings.batch * PIXELS);
  const values = labels.flatMap(
    (label, row) =>
    Array.from(mixed(1000 + label, PIXELS), (u, i) => 0.5 * u + 0.5 * (noise[row * PIXELS + i] ?? 0)), // prettier-ignore
  );
  const channelsFirst = tf.tensor4d(values, [settings.batch, 3, 32, 32]);
  const x: tf.Tensor4D = tf.transpose(channelsFirst, [0, 2, 3, 1]);
  channelsFirst.dispose();
  return {x, labels: tf.tensor1d(labels, 'int32')};
}

describe('training beside PyTorch: ResNet-18 of width 16', () => {
  const model = resnet18({width: 16});
  const seen: number[] = [];

  beforeAll(async () => {
    await loadStart(model);
    const optimizer = sgd({learningRate: settings.learningRate, momentum, weightDecay});
    for (let step = 0; step < settings.steps; step++) {
      const {x, labels} = batchOf(step);
      const loss = await trainStep(model, naturalTraining(), {x, labels}, optimizer, {
        bnVariance: 'unbiased',
      });
      seen.push(...(await loss.data()));
      tf.dispose([x, labels, loss]);
    }
    optimizer.dispose();
  }, 300_000);

  afterAll(() => model.dispose());

  it('has its losses, to 1e-3, over 20 steps', () => {
    expect(seen.length).toBe(20);
    seen.forEach((loss, step) => {
      expect(Math.abs(loss - (losses[step] as number)), `step ${step}`).toBeLessThan(1e-3);
    });
  });

  it.each(Object.entries(statistics))('has its running mean in %s', (name, {mean}) => {
    const [, , moving] = model.getLayer(name).getWeights();
    Array.from(moving?.dataSync() ?? [], (value, i) =>
      expect(Math.abs(value - (mean[i] as number))).toBeLessThan(1e-3),
    );
    expect(moving?.size).toBe(mean.length);
  });

  it.each(Object.entries(statistics))('has its running variance in %s', (name, {variance}) => {
    const [, , , moving] = model.getLayer(name).getWeights();
    Array.from(moving?.dataSync() ?? [], (value, i) => {
      const wanted = variance[i] as number;
      expect(Math.abs(value - wanted)).toBeLessThan(1e-3 * Math.max(1, wanted));
    });
    expect(moving?.size).toBe(variance.length);
  });

  it('has its logits in inference mode', () => {
    const {x, labels} = batchOf(settings.steps);
    const values = tf.tidy(() => Array.from(asClassifier(model)(x).dataSync()));
    expect(values.length).toBe(logits.length);
    values.forEach((value, i) => {
      expect(Math.abs(value - (logits[i] as number))).toBeLessThan(1e-3);
    });
    tf.dispose([x, labels]);
  });
});
