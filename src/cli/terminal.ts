import {Presets, SingleBar} from 'cli-progress';
import pc from 'picocolors';

import type {Progress} from '../core/progress';
import {percent, short} from '../report/format';

/** Where the command writes, so that tests can read it. */
export interface Terminal {
  /** Results: what a script reads. */
  readonly out: (text: string) => void;
  /** Everything else: progress, warnings, what was written. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal: then there is a progress bar. */
  readonly isInteractive: boolean;
  /** Whether to write in colour. */
  readonly hasColour: boolean;
}

/** The process's own streams. */
export const processTerminal = (): Terminal => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isInteractive: process.stderr.isTTY,
  hasColour: pc.isColorSupported && process.stdout.isTTY,
});

/** Colours, or none. */
export const coloursOf = ({hasColour}: Terminal) => pc.createColors(hasColour);

const plural = (unit: string, total: number): string =>
  total === 1 ? unit : `${unit}${unit.endsWith('batch') ? 'es' : 's'}`;

/** Shows progress: a bar on a terminal, a line at each tenth elsewhere. */
export function progressOf(terminal: Terminal): {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
} {
  const figures = ({phase, metrics}: Progress) =>
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${phase === 'evaluate' ? percent(value) : short(value)}`)
      .join('  ');
  if (terminal.isInteractive) {
    const format = '{phase} |{bar}| {value}/{total} {unit}  left {eta_formatted}  {figures}';
    const bar = new SingleBar({format, barsize: 24, hideCursor: true}, Presets.shades_classic);
    let phase = '';
    return {
      show(progress) {
        const {done, total, unit} = progress;
        const payload = {phase: progress.phase, unit, figures: figures(progress)};
        if (phase !== progress.phase) bar.start(total, done, payload);
        else bar.update(done, payload);
        phase = progress.phase;
      },
      stop: () => bar.stop(),
    };
  }
  let tenth = -1;
  let phase = '';
  return {
    show(progress) {
      const {done, total, unit} = progress;
      const reached = Math.floor((10 * done) / total);
      if (phase === progress.phase && reached === tenth) return;
      [tenth, phase] = [reached, progress.phase];
      terminal.err(`${phase}: ${done} of ${total} ${plural(unit, total)}  ${figures(progress)}\n`);
    },
    stop: () => undefined,
  };
}
