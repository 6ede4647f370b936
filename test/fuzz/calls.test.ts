import {expect, it} from 'vitest';

import * as data from '../../src/data/index';
import * as root from '../../src/index';
import * as kernels from '../../src/kernels/index';
import * as models from '../../src/models/index';
import * as node from '../../src/node/index';
import * as presets from '../../src/presets/index';
import * as queue from '../../src/queue/index';
import * as registry from '../../src/registry/index';
import * as report from '../../src/report/index';
import * as testing from '../../src/testing/index';
import * as theory from '../../src/theory/index';
import {CALLS} from './calls';

const ENTRIES = {
  ...{root, data, models, node, report, theory, presets, registry, kernels, testing, queue},
};

/** Functions that have no call of their own, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  attackBatch: 'it takes the step that a training makes',
  gradientStep: 'it takes the update that a training makes',
  SgdOptimizer: 'sgd makes it, with the same checks',
  registerGradientKernels: 'it takes nothing',
  kernelsInUse: 'it takes nothing',
  describeVerdict: 'it takes the verdict that judgeRobustness gives',
};

// Errors are made by the library, and guards answer for anything.
const isError = (name: string) => name.endsWith('Error');

it.each(Object.entries(ENTRIES))('every function of %s has a valid call', (_, entry) => {
  const functions = Object.entries(entry)
    .filter(([name, value]) => typeof value === 'function' && !isError(name))
    .map(([name]) => name)
    .filter((name) => !Object.hasOwn(WITHOUT, name));
  const called = CALLS.map(({name}) => name);
  expect(functions.filter((name) => !called.includes(name))).toEqual([]);
});
