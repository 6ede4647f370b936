import {spawn, spawnSync} from 'node:child_process';
import path from 'node:path';

import {describe, expect, it} from 'vitest';

import {ROOT} from '../package/sources';

describe('the binary', () => {
  it('writes, and ends with the exit code', () => {
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', path.join(ROOT, 'src/cli/bin.ts'), ...argv], {
        ...{cwd: ROOT, encoding: 'utf8'},
      });
    const help = run('--help');
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('Usage: lt-robust');
    expect(run('compare', 'nowhere.json', 'nowhere.json')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('nowhere.json cannot be read'),
    });
  });

  it('ends as it would where nobody reads what it writes', async () => {
    const binary = ['--import', 'tsx', path.join(ROOT, 'src/cli/bin.ts'), 'evaluate', '--help'];
    const child = spawn(process.execPath, binary, {cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe']});
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({code, said}).toEqual({code: 0, said: ''});
  });
});
