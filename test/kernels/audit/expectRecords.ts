import {expect} from 'vitest';

import type {AuditRecord} from './audit';
import type {OpCase} from './opCase';

/** Largest relative errors allowed, in float32: against finite differences, and against cpu. */
export const TOLERANCE = {differences: 1e-3, cpu: 1e-4};

/** What of the records is not as it must be, one line each. */
export function problemsOf(
  backend: string,
  cases: readonly OpCase[],
  records: readonly AuditRecord[],
): string[] {
  return cases.flatMap((opCase, i) => {
    const {op, variant, noGradient = false, noGradientOn = [], refusedOn = []} = opCase;
    const cpu = opCase.coarseOn?.includes(backend) ? TOLERANCE.differences : TOLERANCE.cpu;
    const refused = refusedOn.includes(backend);
    const none = noGradient || noGradientOn.includes(backend);
    const wanted = none ? 'none' : refused ? 'refused' : 'checked';
    const record = records[i];
    if (record?.op !== op || record.variant !== variant) return [`${op}, ${variant}: no record`];
    const found = [
      record.outcome === wanted ? '' : `${record.outcome}, not ${wanted}`,
      record.gradient <= TOLERANCE.differences ? '' : `gradient off by ${record.gradient}`,
      record.againstCpu <= cpu ? '' : `off cpu's gradient by ${record.againstCpu}`,
      // Where the gradient is refused, the forward pass may be wrong too.
      record.value <= cpu || refused ? '' : `value off by ${record.value}`,
    ];
    return found.filter((text) => text !== '').map((text) => `${op}, ${variant}: ${text}`);
  });
}

/** Expects every case to be right, or refused as listed. */
export function expectRecords(
  backend: string,
  cases: readonly OpCase[],
  records: readonly AuditRecord[],
): void {
  expect(problemsOf(backend, cases, records)).toEqual([]);
}
