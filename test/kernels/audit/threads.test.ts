import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import {expect, it} from 'vitest';

import {onWasm} from '../support';
import type {AuditRecord} from './audit';
import {expectRecords} from './expectRecords';
import {OPS} from './ops';
import {writeRecords} from './writeRecords';

onWasm('gradients of every operation, on 2 threads', () => {
  it('agree with finite differences', async () => {
    const program = ['node_modules/tsx/dist/cli.mjs', 'test/kernels/audit/threaded.ts'];
    const {stdout} = await promisify(execFile)(process.execPath, program, {maxBuffer: 2 ** 26});
    const {threads, shared, records} = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      threads: number;
      shared: boolean;
      records: AuditRecord[];
    };
    expect([threads, shared]).toEqual([2, true]);
    await writeRecords('wasm 2 threads', records);
    expectRecords('wasm', OPS, records);
  }, 900_000);
});
