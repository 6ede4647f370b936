import {describe, expect, it} from 'vitest';

import {runCli} from '../../src/cli/runCli';
import {cli, keptTerminal} from '../support/cliProject';

describe('runCli', () => {
  it.each([
    [['--help'], 0, /evaluate.*\n.*[^]*Exit codes: 0 fine, 1 the result is worse/],
    [['evaluate', '--help'], 0, /--fail-under <share>[^]*Examples:\n {2}\$ lt-robust evaluate/],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  ])('%j helps', async (argv, code, text) => {
    const run = await cli(...argv);
    expect(run).toMatchObject({code, err: ''});
    expect(run.out).toMatch(text);
  });

  it.each([
    [['evalute'], "unknown command 'evalute'"],
    [['compare', 'a.json'], "missing required argument 'second'"],
    [['merge', '/nowhere.json'], 'Error: /nowhere.json cannot be read'],
    [['evaluate', '/nowhere', '/nowhere'], 'Error: fileModel: "'],
    [['doctor', '--threads', 'two'], 'Expected a whole number of at least 1.'],
    [['evaluate', 'm', 'd', '--epsilon', '8x'], 'a fraction such as 8/255'],
    [['evaluate', 'm', 'd', '--norm', 'l1'], 'Allowed choices are linf, l2'],
  ])('%j is refused with 2 and without a stack', async (argv, message) => {
    const {code, out, err} = await cli(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('says that it was interrupted', async () => {
    const terminal = keptTerminal();
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect(await runCli(['compare', 'x', 'y'], terminal, signal)).toBe(130);
    expect(terminal.written.err).toContain('Interrupted.');
  });
});
