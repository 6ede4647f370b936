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

  /** What is written where a command ends by this error. */
  const endingBy = async (error: unknown, signal?: AbortSignal) => {
    const terminal = keptTerminal();
    const out = () => {
      throw error;
    };
    const code = await runCli(['doctor', '--help'], {...terminal, out}, signal);
    return {code, err: terminal.written.err};
  };
  const named = (name: string) => Object.assign(new Error('what to do'), {name});

  it.each([
    ...['CliError', 'InvalidArgumentError', 'DataFormatError', 'MissingGradientsError'],
    ...['UnusableGradientError', 'CheckpointMismatchError', 'NonFiniteLossError'],
    ...['QueuedJobError', 'PooledPartError'],
  ])('prints the message of a %s alone', async (name) => {
    expect(await endingBy(named(name))).toEqual({code: 2, err: 'Error: what to do\n'});
  });

  it('prints the stack of an error that nobody foresaw', async () => {
    const {code, err} = await endingBy(named('TypeError'));
    expect(code).toBe(2);
    expect(err).toMatch(/^Error: (Type)?Error: what to do\n\s+at /);
    expect((await endingBy('a text')).err).toBe('Error: a text\n');
    const bare = Object.assign(new Error('bare'), {stack: undefined});
    expect((await endingBy(bare)).err).toBe('Error: bare\n');
  });

  it('takes any error after an interruption for its end', async () => {
    expect(await endingBy(named('TypeError'), AbortSignal.abort())).toEqual({
      ...{code: 130, err: '\nInterrupted.\n'},
    });
    expect((await endingBy(named('TypeError'), new AbortController().signal)).code).toBe(2);
  });

  it('lists the commands where it does not know one', async () => {
    expect((await cli('evalute')).err).toContain('(lt-robust --help lists the commands)');
    expect((await cli('evalute')).err).toContain('Did you mean evaluate?');
  });
});
