import '@tensorflow/tfjs-backend-cpu';

import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import type {AuditRecord} from '../kernels/audit/audit';
import {OP_NAMES} from '../kernels/audit/ops';
import {COLUMNS, auditDocument, listedOps} from '../kernels/audit/table';

const record = (op: string, change: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{op, variant: 'v', outcome: 'checked', value: 0, gradient: 2e-6, againstCpu: 0, stock: 0},
  ...change,
});

describe('docs/gradient-audit.md', () => {
  it('lists exactly the operations of the audit (npm run audit)', () => {
    const document = readFileSync('docs/gradient-audit.md', 'utf8');
    expect(listedOps(document)).toEqual(OP_NAMES);
  });
});

describe('auditDocument', () => {
  const records = new Map(
    COLUMNS.map((column) => [
      column as string,
      [
        record('a', {gradient: 1.2e-5}),
        record('a', {outcome: 'refused', stock: column === 'wasm' ? 0.4567 : 0}),
        record('b', {outcome: 'none', stock: 'throws'}),
        record('c', {stock: column === 'webgl' ? 'throws' : 0.0009}),
        record('d', {stock: column === 'webgpu' ? 'not finite' : 0}),
      ],
    ]),
  );
  const lines = auditDocument(records, ['a', 'b', 'c', 'd']).split('\n');

  it('has a row for each operation', () => {
    expect(listedOps(lines.join('\n'))).toEqual(['a', 'b', 'c', 'd']);
    expect(lines).toContain(`| a |${' 1e-5, 1 refused |'.repeat(COLUMNS.length)}`);
    expect(lines).toContain(`| b |${' none |'.repeat(COLUMNS.length)}`);
    expect(lines).toContain(`| c |${' 2e-6 |'.repeat(COLUMNS.length)}`);
  });

  it('says where tfjs itself is wrong, and only there', () => {
    expect(lines).toContain('| a |  | **0.46** |  |  |');
    expect(lines).toContain('| c |  |  | throws |  |');
    expect(lines).toContain('| d |  |  |  | **not finite** |');
    expect(lines.filter((line) => line.startsWith('| b |'))).toHaveLength(1);
  });

  it('needs every column', () => {
    expect(() => auditDocument(new Map(), ['a'])).toThrow('No records of cpu.');
  });
});
