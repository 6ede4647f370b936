import {isPlainObject} from '../../../src/core/options';
import * as registry from '../../../src/registry/index';
import {call, longCall, type Call} from '../call';
import * as f from '../fixtures';
import {anything, callback, choice, only, optional, required} from '../kinds';

const experiment = {
  method: {name: 'pgd-at'},
  epochs: 1,
  batchSize: 4,
} as unknown as registry.WrittenExperiment;

const isTableOfFunctions = (value: unknown): boolean =>
  isPlainObject(value) && Object.values(value).every((entry) => typeof entry === 'function');

/** Experiments by name. */
export const REGISTRY: readonly Call[] = [
  call('checkExperiment', registry.checkExperiment, {value: only(() => experiment)}),
  call('experimentOf', registry.experimentOf, {recipe: anything({})}),
  call('recipeOf', registry.recipeOf, {
    experiment: only(() => experiment),
    parts: only(() => ({dataset: f.data.valid()})),
  }),
  call('registered', registry.registered, {kind: choice('method', 'loss', 'attack')}),
  longCall('trainExperiment', registry.trainExperiment, {experiment: only(() => experiment)}, {
    ...f.RUN,
    createModel: required(callback(() => f.net())),
    dataset: required(f.data),
    rng: required(f.rng),
    teachers: optional(only(() => ({}), isTableOfFunctions)),
  }), // prettier-ignore
];
