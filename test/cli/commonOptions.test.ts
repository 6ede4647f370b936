import {Command} from 'commander';
import {describe, expect, it} from 'vitest';

import {described, examples, onBackend, withGates, withInputs} from '../../src/cli/commonOptions';
import {keptTerminal} from '../support/cliProject';

const parsed = (command: Command, ...argv: readonly string[]): Record<string, unknown> =>
  command
    .exitOverride()
    .parse([...argv], {from: 'user'})
    .opts();

describe('withInputs', () => {
  it('reads a model and data, of the part that the command wants', () => {
    for (const part of ['test', 'train'] as const) {
      const command = withInputs(new Command('measure'), part);
      expect(parsed(command, 'model.json', 'images')).toEqual({
        part,
        inputRange: [0, 1],
        backend: 'auto',
        threads: 1,
        simd: 'auto',
        seed: 1,
      });
      expect(command.args).toEqual(['model.json', 'images']);
    }
  });
});

describe('withGates', () => {
  it('reads what a result must not fall below', () => {
    const options = parsed(withGates(new Command('measure')), '--fail-under', '0.4', '--json');
    expect(options).toEqual({failUnder: 0.4, json: true});
  });
});

describe('onBackend', () => {
  it('hands on the backend that was asked for, and the exit code', async () => {
    const seen: string[] = [];
    const run = onBackend({backend: 'cpu', threads: 1}, async ({backend, command}) => {
      seen.push(backend, command);
      return 1;
    });
    expect(await run({terminal: keptTerminal(), signal: undefined, command: 'x'})).toBe(1);
    expect(seen).toEqual(['cpu', 'x']);
  });
});

describe('described and examples', () => {
  it('are lines of the help', () => {
    expect(described({a: {what: 'first'}, b: {what: 'second'}})).toBe('a (first), b (second)');
    expect(examples('one', 'two')).toBe('\nExamples:\n  $ lt-robust one\n  $ lt-robust two\n');
  });
});
