import {describe, expect, it} from 'vitest';

import {coloursOf, processTerminal, progressOf} from '../../src/cli/terminal';
import {keptTerminal} from '../support/cliProject';

const at = (done: number, phase = 'evaluate') =>
  ({phase, done, total: 40, unit: 'batch', metrics: {clean: 0.5}}) as const;

describe('progressOf', () => {
  it('writes a line at each tenth where no one looks', () => {
    const terminal = keptTerminal();
    const {show, stop} = progressOf(terminal);
    for (let done = 1; done <= 40; done++) show(at(done));
    stop();
    const lines = terminal.written.err.trim().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('evaluate: 1 of 40 batches  clean 50.0 %');
    expect(lines.at(-1)).toContain('40 of 40');
  });

  it('writes shares of evaluations as percentages, other figures as they are', () => {
    const terminal = keptTerminal();
    const metrics = {epoch: 3, loss: 0.51234567, learningRate: 0.01};
    progressOf(terminal).show({...at(1, 'train'), metrics});
    expect(terminal.written.err).toContain('epoch 3  loss 0.5123  learningRate 0.01');
  });

  it('starts anew with a new phase', () => {
    const terminal = keptTerminal();
    const {show} = progressOf(terminal);
    show(at(1, 'one'));
    show(at(1, 'two'));
    expect(terminal.written.err.match(/: 1 of 40/g)).toHaveLength(2);
  });
});

describe('a line of progress', () => {
  it.each([
    ['batch', 1, '1 of 1 batch '],
    ['batch', 2, '1 of 2 batches '],
    ['step', 1, '1 of 1 step '],
    ['step', 2, '1 of 2 steps '],
  ])('of %s, %d in all', (unit, total, text) => {
    const terminal = keptTerminal();
    progressOf(terminal).show({phase: 'p', done: 1, total, unit, metrics: {}} as never);
    expect(terminal.written.err).toBe(`p: ${text} \n`);
  });

  it('is written once for each tenth', () => {
    const terminal = keptTerminal();
    const {show, stop} = progressOf(terminal);
    for (let done = 0; done <= 20; done++) show({...at(done), total: 20});
    stop();
    const counts = [...terminal.written.err.matchAll(/: (\d+) of 20/g)].map(([, done]) =>
      Number(done),
    );
    expect(counts).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  });

  it('has all figures', () => {
    const terminal = keptTerminal();
    progressOf(terminal).show({...at(40), metrics: {clean: 1, pgd: 0.25}});
    expect(terminal.written.err).toBe('evaluate: 40 of 40 batches  clean 100.0 %  pgd 25.0 %\n');
  });
});

describe('colours', () => {
  it('are none unless the terminal has them', () => {
    expect(coloursOf(keptTerminal()).red('x')).toBe('x');
    expect(coloursOf({...keptTerminal(), hasColour: true}).red('x')).toContain('\u001b[31m');
    expect(processTerminal().out).toBeTypeOf('function');
  });
});
