import type {Command} from 'commander';
import {describe, expect, it} from 'vitest';

import {program} from '../../src/cli/program';

const root = program(async () => undefined);

// What a command prints with --help, at its widest, so that no line is broken.
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({writeOut: (text) => (help += text), getOutHelpWidth: () => 1000});
  command.outputHelp();
  return help;
}

describe('program', () => {
  it('has the commands of the documentation', () => {
    expect(root.commands.map((command) => command.name())).toEqual([
      ...['evaluate', 'merge', 'worker', 'compare', 'audit', 'harden', 'doctor'],
    ]);
  });

  it.each(root.commands.map((command) => [command.name(), command] as const))(
    '%s says what it does, and its examples have no option that it does not know',
    (name, command) => {
      expect(command.description()).not.toBe('');
      const known = command.options.map(({long}) => long);
      const [, shown = ''] = helpOf(command).split('Examples:');
      const lines = shown.trim().split('\n');
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toContain(`$ lt-robust ${name}`);
        for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(known).toContain(option);
      }
    },
  );

  it('has its version, and the defaults of an evaluation', () => {
    expect(root.version()).toMatch(/^\d+\.\d+\.\d+/);
    const [evaluate] = root.commands;
    expect(evaluate?.opts()).toMatchObject({
      ...{attack: ['pgd'], norm: 'linf', epsilon: [8 / 255], batchSize: 50, workers: 1},
    });
    const help = evaluate === undefined ? '' : helpOf(evaluate);
    expect(help).toMatch(/--attack <list> .*\(default: pgd\)/);
    expect(help).toMatch(/--epsilon <list> .*\(default: 8\/255\)/);
  });

  it('describes every option of every command', () => {
    for (const {options} of root.commands) {
      for (const {long, description} of options) expect(`${long}: ${description}`).toMatch(/: ./);
    }
  });
});
