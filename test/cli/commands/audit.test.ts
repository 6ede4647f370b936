import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {GradientAudit} from '../../../src/diagnostics/auditGradients';
import {cli, writeProject} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';

const project = temporaryFolder();
let input: string[];
beforeAll(async () => {
  const {model, images} = await writeProject(project.path);
  input = ['audit', model, images, '--channels', '1'];
});
afterAll(project.remove);

describe('lt-robust audit', () => {
  it('checks the input, the variables and the operations', async () => {
    const {code, out} = await cli(...input);
    expect(code).toBe(0);
    expect(out).toMatch(/^input\s+\S+\s+ok$/m);
    expect(out).toMatch(/^operation \S+\s+\S+\s+ok$/m);
  });

  it('fails what is beyond the tolerance, and prints JSON', async () => {
    const {code, out, err} = await cli(...input, '--tolerance', '1e-30', '--json');
    const audit = JSON.parse(out) as GradientAudit;
    expect(audit.ok).toBe(false);
    expect(code).toBe(1);
    expect(err).toContain('A gradient is wrong');
  });

  it('audits the function where the model takes another range', async () => {
    const {out} = await cli(...input, '--input-range', '0,255', '--json');
    expect((JSON.parse(out) as GradientAudit).variables).toEqual([]);
  });
});
