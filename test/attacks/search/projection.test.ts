import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {verdictProjection} from '../../../src/attacks/search/projection';
import type {ThreatModel} from '../../../src/core/threatModel';
import {expectClose, numbers} from '../../support/tensors';

describe('verdictProjection', () => {
  const project = (threat: ThreatModel, levels: number | undefined) =>
    tf.tidy(() => {
      const center = tf.tensor2d([[0, 100 / 255]]);
      return numbers(verdictProjection(center, threat, levels)(tf.tensor2d([[-5, 0.4361]])));
    });

  it('goes to ball and range', () => {
    const threat: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: [0, 1]};
    expectClose(project(threat, undefined), [0, 0.4361], 1e-6);
    expectClose(project({...threat, epsilon: [0.01]}, undefined), [0, 100 / 255 + 0.01], 1e-6);
    expectClose(project({...threat, clip: null}, undefined), [-0.25, 0.4361], 1e-6);
  });

  it('goes to grey levels where there are some, of a range', () => {
    const threat: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: [0, 1]};
    expect(project(threat, 256)).toEqual([0, Math.fround(111 / 255)]);
    expect(project({...threat, epsilon: [8 / 255]}, 256)).toEqual([0, Math.fround(108 / 255)]);
    expect(project({...threat, norm: 'l2', epsilon: 7.6 / 255}, 256)).toEqual([
      0,
      // 107.6 would be 108, which is out of reach.
      Math.fround(100 / 255),
    ]);
    expectClose(project({...threat, clip: null}, 256), [-0.25, 0.4361], 1e-6);
  });
});
