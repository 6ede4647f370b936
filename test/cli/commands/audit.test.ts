import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {GradientAudit} from '../../../src/diagnostics/auditGradients';
import {cli, writeProject} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';
import {expectNoLeak} from '../../support/tensors';

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
  it('has a table: the backend, the tolerance, and a line for each gradient', async () => {
    const {out, err} = await cli(...input, '--examples', '2', '--tolerance', '0.04');
    expect(out).toMatch(
      new RegExp(`^Backend ${tf.getBackend()}, tolerance 0.04\n\ngradient of +relative error *\n`),
    );
    // The dense layer's kernel and bias.
    expect(out).toMatch(/^\S*dense\S*\/kernel\S*\s+\S+\s+ok$/m);
    expect(out).toMatch(/^\S*dense\S*\/bias\S*\s+\S+\s+ok$/m);
    expect(err).toBe('');
  });

  it('says WRONG beside what is beyond the tolerance', async () => {
    const {code, out, err} = await cli(...input, '--tolerance', '1e-30');
    expect(code).toBe(1);
    expect(out).toMatch(/^input\s+\S+\s+WRONG$/m);
    expect(err).toBe('FAILED: A gradient is wrong: attacks would be weaker than they seem.\n');
  });

  it('leaves no tensor behind', async () => {
    await cli(...input);
    await expectNoLeak(() => cli(...input));
  });

  it('checks with as many images as are asked for', async () => {
    const of = async (examples: string) => {
      const {out} = await cli(...input, '--examples', examples, '--json');
      return (JSON.parse(out) as GradientAudit).input.relativeError;
    };
    expect(await of('1')).toBe(await of('1'));
    expect(await of('1')).not.toBe(await of('3'));
  });
});
