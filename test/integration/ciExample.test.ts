import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {ROOT} from '../package/sources';

// The suite of examples/ci as its user runs it, in a process of its own.
function runSuite(model: string, folder: string) {
  const config = path.join(ROOT, 'test/integration/ciExample/vitest.config.ts');
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    [path.join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config],
    {
      encoding: 'utf8',
      env: {...Object.fromEntries(own), MODEL: model, FOLDER: folder, NO_COLOR: '1'},
    },
  );
  return {status, output: stdout + stderr};
}

describe('examples/ci', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'lt-robust-'));
  });
  afterAll(() => {
    rmSync(folder, {recursive: true});
  });

  it('passes a robust model', {timeout: 240_000}, () => {
    const {status, output} = runSuite('strong', folder);
    expect(output).toMatch(/Tests\s+3 passed/);
    expect(status).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fails a weak one, and says why', {timeout: 240_000}, () => {
    const {status, output} = runSuite('weak', folder);
    expect(status).toBe(1);
    expect(output).toMatch(/Tests\s+1 failed \| 2 passed/);
    expect(output).toContain(
      'The model is not as robust as asked (95 % confidence; linf, epsilon 8/255; 1,000 of 2,000 ',
    );
    expect(output).toMatch(/all classes\s+60\.0 %\s+\d+ of 1,000\s+[\d.]+ %\s+.* to .* %\s+NO/);
    expect(output).toMatch(/class 6 \(shirt\)\s+25\.0 %/);
    expect(output).toMatch(
      /Example \d+, of class \d \([\w-]+\): the model answers \d \([\w-]+\) at epsilon [1-8]\/255, with \d+ of 784 pixels changed/,
    );
    expect(output).toContain('To run the same again: seed 1.');
    expect(readdirSync(folder)).toHaveLength(2);
  });
});
