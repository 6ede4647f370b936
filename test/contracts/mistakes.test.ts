// Mistakes that people make who know TensorFlow.js, and what each is told: which argument, what was
// found, and what to do. Each message was judged in the situation that it stands in.
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ATTACKS} from './mistakes/attacks';
import {DATA} from './mistakes/data';
import {EVALUATION} from './mistakes/evaluation';
import type {Mistake} from './mistakes/fixtures';
import {LOSSES} from './mistakes/losses';
import {MODELS} from './mistakes/models';
import {TRAINING} from './mistakes/training';

// The names of all options are many, and others are added.
const shortened = (message: string) =>
  message.replace(/one of its options \([^)]*\)/, 'one of its options (...)');

async function said(make: () => unknown): Promise<string> {
  tf.engine().startScope();
  try {
    await make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isTyped = ['InvalidArgumentError', 'UnusableGradientError'].includes(error.name);
    return isTyped ? shortened(error.message) : `${error.name}: ${error.message}`;
  } finally {
    tf.engine().endScope();
  }
  return 'nothing';
}

const TABLE: Readonly<Record<string, readonly Mistake[]>> = {
  ...{attacks: ATTACKS, models: MODELS, evaluation: EVALUATION},
  ...{losses: LOSSES, training: TRAINING, data: DATA},
};

describe.each(Object.entries(TABLE))('%s', (_, mistakes) => {
  it.each(mistakes)('%s', async (__, make, message) => {
    // What tfjs-node says of shapes that do not fit are TensorFlow's words.
    const isForeign = tf.getBackend() === 'tensorflow' && message.includes('Error in concat');
    expect(await said(make)).toEqual(isForeign ? expect.stringContaining('TF_Status') : message);
  });
});
