import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {installGradientKernels} from '../../../src/kernels/gradientKernels';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {SIMD_GRADIENTS, SIMD_KERNELS} from '../../../src/kernels/wasm/simdKernels';
import {describeRelaxed, onWasm} from '../support';
import {type AuditRecord, type Reference, auditAll, referencesOf, relativeError} from './audit';
import {expectRecords, problemsOf} from './expectRecords';
import {forwardCases} from './forwardCases';
import {inputsOf, opCase, type OpCase} from './opCase';
import {OPS} from './ops';
import {writeRecords} from './writeRecords';

const backend = tf.getBackend();
let cases: readonly OpCase[];
let references: Reference[];

beforeAll(async () => {
  cases = forwardCases(OPS);
  references = await referencesOf(cases);
  await tf.setBackend(backend);
});

async function check(column: string): Promise<void> {
  const {records, leaked} = await auditAll(cases, references);
  await writeRecords(column, records);
  expectRecords(backend, cases, records);
  expect(leaked).toBe(0);
}

describe('gradients of every operation', () => {
  it('agree with finite differences', async () => {
    await check(backend);
  });
});

onWasm('gradients of every operation, for good', () => {
  it('agree with finite differences: SIMD', async () => {
    const undo = await registerGradientKernels({simd: 'plain'});
    await check('wasm SIMD');
    undo();
  });

  it('agree with finite differences: SIMD that cannot run', async () => {
    // A backend whose internals are not as expected, for our kernels only.
    const strange = new Proxy(tf.backend(), {
      has: (target, key) => key !== 'dataIdMap' && key in target,
    });
    const kernels = Object.entries(SIMD_KERNELS).map(([name, kernel]) => {
      const wrapped: typeof kernel = (call, shipped) =>
        kernel({...(call as object), backend: strange} as never, shipped);
      return [name, wrapped] as const;
    });
    const undo = installGradientKernels('wasm', Object.fromEntries(kernels), SIMD_GRADIENTS);
    await check('wasm fallback');
    undo();
  });
});

describeRelaxed('gradients of every operation, for good, in relaxed SIMD', () => {
  it.runIf(backend === 'wasm')('agree with finite differences', async () => {
    const undo = await registerGradientKernels({simd: 'relaxed'});
    await check('wasm relaxed SIMD');
    undo();
  });
});

describe('the audit', () => {
  const record: AuditRecord = {
    ...{op: 'square', variant: 'v', outcome: 'checked', value: 0},
    ...{gradient: 0, againstCpu: 0, stock: 0},
  };
  const square = opCase('square', 'v', [[2, 3]], (x: tf.Tensor) => tf.square(x));

  it('measures relative errors', () => {
    expect(relativeError([1, 2], [1, 4])).toBe(0.5);
    expect(relativeError([0], [0])).toBe(0);
    expect(relativeError([NaN, 1], [1, 1])).toBe(Infinity);
    expect(relativeError([1], [1, 1])).toBe(Infinity);
    expect(relativeError([1], [0])).toBe(Infinity);
  });

  it('finds a wrong gradient', async () => {
    const shipped = tf.getGradient(tf.Square);
    const [reference] = await referencesOf([square]);
    await tf.setBackend(backend);
    tf.unregisterGradient(tf.Square);
    tf.registerGradient({...shipped, gradFunc: (dy) => ({x: () => tf.mul(dy as tf.Tensor, 2)})});
    const {records} = await auditAll([square], [reference as Reference]);
    tf.unregisterGradient(tf.Square);
    tf.registerGradient(shipped);
    const problems = problemsOf(backend, [square], records);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^square, v: gradient off by /);
    expect(problems[1]).toMatch(/^square, v: off cpu's gradient by /);
  });

  it.each<[string, Partial<AuditRecord>, string]>([
    ['gradient', {gradient: 0.0011}, 'gradient off by 0.0011'],
    ['cpu', {againstCpu: 0.00011}, "off cpu's gradient by 0.00011"],
    ['value', {value: 0.00011}, 'value off by 0.00011'],
    ['outcome', {outcome: 'refused'}, 'refused, not checked'],
    ['no record', {variant: 'w'}, 'no record'],
  ])('does not let pass: %s', (_, change, problem) => {
    expect(problemsOf('cpu', [square], [record])).toEqual([]);
    expect(problemsOf('cpu', [square], [{...record, ...change}])).toEqual([
      `square, v: ${problem}`,
    ]);
  });

  it('allows the third digit to differ where a backend is known to be coarse', () => {
    const coarse = {...square, coarseOn: ['webgpu']};
    const off = {...record, againstCpu: 0.0005, value: 0.0005};
    expect(problemsOf('webgpu', [coarse], [off])).toEqual([]);
    expect(problemsOf('cpu', [coarse], [off])).toHaveLength(2);
    expect(problemsOf('webgpu', [coarse], [{...off, value: 0.0011}])).toHaveLength(1);
  });

  it('expects refusals where they are listed, and there only', () => {
    const refused = {...square, refusedOn: ['wasm']};
    const wrongValue: AuditRecord = {...record, outcome: 'refused', value: 1};
    expect(problemsOf('wasm', [refused], [wrongValue])).toEqual([]);
    expect(problemsOf('cpu', [refused], [record])).toEqual([]);
    expect(problemsOf('wasm', [refused], [record])).toEqual(['square, v: checked, not refused']);
  });

  it('keeps its inputs away from kinks', () => {
    for (const one of OPS) {
      inputsOf(one).forEach((input, i) => {
        const kind = one.inputs[i]?.values;
        const values = [...input.dataSync()].sort((a, b) => a - b);
        const steps = values.slice(1).map((value, k) => value - (values[k] as number));
        if (kind === 'distinct' || kind === 'negative') {
          expect(Math.min(...steps)).toBeGreaterThan(0.055);
        }
        if (kind === 'negative') expect(values.at(-1)).toBeLessThan(0);
        if (kind === 'positive') expect(values[0]).toBeGreaterThanOrEqual(0.5);
        expect(Math.min(...values.map(Math.abs))).toBeGreaterThan(0.029);
        input.dispose();
      });
    }
  });
});
