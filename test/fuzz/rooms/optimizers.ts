import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {callback, choice, flag, numbers, only, real, required} from '../kinds';

/** Optimizers and schedules. */
export const OPTIMIZERS: readonly Call[] = [
  call(
    'sgd',
    root.sgd,
    {},
    {
      learningRate: required(real(0.1, {min: 0})),
      momentum: real(0.9, {min: 0}),
      nesterov: only(
        () => false,
        (v) => v === false,
      ),
      weightDecay: f.atLeastZero,
      dampening: real(0.1),
    },
  ),
  call(
    'cosine',
    root.cosine,
    {},
    {learningRate: f.atLeastZero, finalLearningRate: f.atLeastZero, per: choice('step', 'epoch')},
  ),
  call(
    'multiStep',
    root.multiStep,
    {},
    {
      learningRate: f.atLeastZero,
      milestones: required(
        numbers(
          [0.5],
          (v) => v > 0,
          () => true,
        ),
      ),
      factor: f.atLeastZero,
      base: only(
        () => 0,
        (v) => v === 0 || v === 1,
      ),
    },
  ),
  call(
    'oneCycle',
    root.oneCycle,
    {},
    {
      maxLearningRate: f.atLeastZero,
      warmupFraction: real(0.3, {min: 0, max: 1}),
      divFactor: f.positive,
      finalDivFactor: f.positive,
      curve: choice('cosine', 'linear'),
      threePhase: flag(),
    },
  ),
  call(
    'warmup',
    root.warmup,
    {schedule: callback(() => 0.1)},
    {epochs: required(f.positive), startFactor: real(0.1, {min: 0, max: 1})},
  ),
];
