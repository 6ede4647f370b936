import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {only, optional, tensor} from '../kinds';

const {x, targets, model, rng, loss} = f;

/** Steps and starts of attacks, and gradients. */
export const MATH: readonly Call[] = [
  call('gaussianStart', root.gaussianStart, {
    x: tensor(f.X, 'float32', null),
    deviation: f.atLeastZero,
    rng,
    exampleIds: optional(f.exampleIds),
  }),
  call('projectToBall', root.projectToBall, {
    point: x,
    center: x,
    threat: only(() => ({norm: 'linf', epsilon: 0.1, clip: [0, 1]})),
  }),
  call('randomStart', root.randomStart, {
    x: tensor(f.X, 'float32', null),
    threat: only(() => ({norm: 'linf', epsilon: 0.1, clip: [0, 1]})),
    rng,
    exampleIds: optional(f.exampleIds),
  }),
  call('steepestAscent', root.steepestAscent, {
    gradient: tensor(f.X, 'float32', null),
    norm: f.norm,
  }),
  call('freezeWeights', root.freezeWeights, {classifier: model}),
  call('inputGradient', root.inputGradient, {model, x, labels: targets, loss}),
];
