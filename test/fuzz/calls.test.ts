import {expect, it} from 'vitest';

import * as root from '../../src/index';
import {CALLS} from './calls';

/** Functions of the root that have no call of their own, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  attackBatch: 'it takes the step that a training makes',
  gradientStep: 'it takes the update that a training makes',
  SgdOptimizer: 'sgd makes it, with the same checks',
};

/** Those that came last, and have a call still to come. */
const NOT_YET = ['embeddingSpace', 'evaluateShard', 'mergeShards'];

// Errors are made by the library, and guards answer for anything.
const isError = (name: string) => name.endsWith('Error');

it('every function of the root has a valid call, from which arguments are replaced', () => {
  const functions = Object.entries(root)
    .filter(([name, value]) => typeof value === 'function' && !isError(name))
    .map(([name]) => name)
    .filter((name) => !Object.hasOwn(WITHOUT, name));
  const called = CALLS.map(({name}) => name);
  expect(functions.filter((name) => !called.includes(name))).toEqual(NOT_YET);
});
