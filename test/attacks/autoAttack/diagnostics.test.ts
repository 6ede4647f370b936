import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {autoAttack} from '../../../src/attacks/autoAttack/autoAttack';

import type {Classifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {inspectModel} from '../../../src/attacks/autoAttack/diagnostics';
import {BROKEN_MODELS, soundExamples, soundModel} from '../../support/brokenModels';

import {readImages, restoreNet} from '../../reference/readFixture';
import {expectNoLeak} from '../../support/tensors';

const EXAMPLES = 30;
const IS_SLOW = tf.getBackend() === 'cpu';
const {x, labels} = soundExamples(EXAMPLES);
afterAll(() => tf.dispose([x, labels]));

// Labels of the model itself, so that every example is right to begin with.
async function codesOf(model: Classifier, examples = {x, labels}): Promise<string[]> {
  const report = await autoAttack(model, examples.x, examples.labels, {
    ...{epsilon: 0.06, queries: 150, steps: 20, numTargets: 3},
    rng: createRng(2),
  });
  return report.warnings.map(({code}) => code);
}

describe('broken models', () => {
  it.each(Object.entries(BROKEN_MODELS))('%s', async (_name, {code, make}) => {
    const {model, dispose} = make();
    try {
      await expectNoLeak(async () => expect(await codesOf(model)).toContain(code));
    } finally {
      dispose?.();
    }
  });
});

it('what costs nothing to see, with diagnostics off, too', async () => {
  const report = await autoAttack((b) => tf.softmax(soundModel(b)), x, labels, {
    ...{epsilon: 0.01, attacks: ['apgd-ce'], steps: 1, rng: createRng(2), diagnostics: false},
  });
  expect(report.warnings.map(({code}) => code)).toContain('probabilities');
});

it('half-float backends', async () => {
  const backend = tf.backend();
  Object.defineProperty(backend, 'floatPrecision', {value: () => 16, configurable: true});
  try {
    expect(await codesOf(soundModel)).toContain('half-float');
  } finally {
    Reflect.deleteProperty(backend, 'floatPrecision');
  }
});

describe('sound models are not accused', () => {
  // Thirty examples of four classes are few, whatever the model.
  const harmless = ['few-examples'];

  it.each([3, 4, 5])('a linear one, images %d', async (seed) => {
    const examples = soundExamples(EXAMPLES, seed);
    try {
      expect(await codesOf(soundModel, examples)).toEqual(harmless);
    } finally {
      tf.dispose(Object.values(examples));
    }
  });

  it('one that answers by chance, by the version for such', async () => {
    const stream = createRng(1);
    const noisy: Classifier = (input) =>
      soundModel(tf.add(input, tf.randomNormal(input.shape, 0, 0.02, 'float32', stream.seed())));
    const report = await autoAttack(noisy, x, labels, {
      ...{epsilon: 0.05, steps: 10, gradientSamples: 2, version: 'rand', rng: createRng(2)},
    });
    expect(report.warnings.map(({code}) => code)).toEqual(harmless);
  });

  // Square breaks 14 of these images, of 500, that the official gradient attacks do not.
  it.skipIf(IS_SLOW)(
    'a network on which Square finds more by chance: the message says so',
    async () => {
      const net = restoreNet();
      const {x: images, labels: truth} = await readImages(Array.from({length: 100}, (_, i) => i));
      try {
        const report = await autoAttack<tf.Tensor4D>(net, images, truth, {
          ...{epsilon: 0.15, steps: 50, queries: 2000, numTargets: 4, rng: createRng(2)},
        });
        const broken = report.components[3]?.broken ?? NaN;
        expect(broken).toBeGreaterThan(2);
        expect(report.warnings.map(({code}) => code)).toEqual(['black-box-stronger', ...harmless]);
        const left = report.tallies.find(({code}) => code === 'black-box-stronger')?.detail?.count;
        expect(left).toBeLessThan(broken);
      } finally {
        tf.dispose([images, truth]);
        net.dispose();
      }
    },
  );

  it('a network from adversarial training', async () => {
    const net = restoreNet();
    const {x: images, labels: truth} = await readImages(
      Array.from({length: IS_SLOW ? 8 : 40}, (_, i) => i),
    );
    try {
      const report = await autoAttack<tf.Tensor4D>(net, images, truth, {
        ...{epsilon: 0.1, queries: 60, steps: 10, numTargets: 2},
        rng: createRng(2),
      });
      expect(report.warnings.map(({code}) => code)).toEqual(harmless);
      expect(report.robustAccuracy).toBeGreaterThan(0.2);
    } finally {
      tf.dispose([images, truth]);
      net.dispose();
    }
  });
});

// Predictions that alternate between two answers, so far apart in the length
// of the logits: the shift is along a class, of logits of length 1.
describe('the check for chance', () => {
  const codesAt = async (distance: number) => {
    let calls = 0;
    const alternating: Classifier = (input) => {
      calls++;
      const unit = tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [input.shape[0], 1]);
      return tf.add(unit, tf.tensor2d([[0, calls % 2 === 0 ? distance : 0, 0, 0]]));
    };
    const logits = tf.tidy(() => alternating(x).dataSync<'float32'>().slice());
    const subject = {x, labels: new Array<number>(x.shape[0]).fill(0), numClasses: 4, logits};
    const {warnings} = await inspectModel({...subject, model: alternating, isRand: false});
    return warnings.map(({code}) => code);
  };

  it('sees a thousandth, and not a rounding error', async () => {
    expect(await codesAt(1e-3)).toEqual(['randomized']);
    expect(await codesAt(2e-4)).toEqual(['randomized']);
    expect(await codesAt(5e-5)).toEqual([]);
  });
});
