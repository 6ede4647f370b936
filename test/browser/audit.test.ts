import * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, inject, it} from 'vitest';
import {commands} from 'vitest/browser';

import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {productsOn} from '../../src/kernels/wasm/instance';
import {type Reference, auditAll, referencesOf} from '../kernels/audit/audit';
import {expectRecords} from '../kernels/audit/expectRecords';
import {FURTHER_LAYERS} from '../kernels/audit/furtherLayers';
import {FURTHER_OPS} from '../kernels/audit/furtherOps';
import {OPS} from '../kernels/audit/ops';

let references: Reference[];

beforeAll(async () => {
  references = await referencesOf(CASES);
});

// SwiftShader compiles for a quarter of a second per operation: a few variants of those that layers
// are made of, unless asked.
const further = new Set([...FURTHER_OPS, ...FURTHER_LAYERS]);
const variantsSeen = new Map<string, number>();
const CASES = OPS.filter((one) => {
  const {op} = one;
  const seen = variantsSeen.get(op) ?? 0;
  variantsSeen.set(op, seen + 1);
  return (seen < 2 && !further.has(one)) || inject('auditFolder') !== '';
});

async function check(backend: string, column: string): Promise<void> {
  const folder = inject('auditFolder');
  const {records} = await auditAll(CASES, references, folder !== '');
  if (folder !== '') await commands.writeFile(`${folder}/${column}.json`, JSON.stringify(records));
  expectRecords(backend, CASES, records);
}

describe('gradients of every operation', () => {
  it.each(['webgl', 'webgpu'])('agree with finite differences: %s', async (backend) => {
    expect(await tf.setBackend(backend)).toBe(true);
    await check(backend, backend);
  });

  it('agree with finite differences: wasm in the browser, SIMD', async () => {
    expect(await tf.setBackend('wasm')).toBe(true);
    expect(productsOn(tf.backend())).toBeDefined();
    const undo = await registerGradientKernels();
    await check('wasm', 'wasm browser');
    undo();
  });
});
