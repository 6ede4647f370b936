import {MultiBar, Presets, type SingleBar} from 'cli-progress';

import type {JobWatch} from './pool';

// A measurement has neither epoch nor loss.
const orDash = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '-';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Shows a bar per run: phase, epoch, batch, loss, robust accuracy, time left. */
export function showProgress<J>(nameOf: (job: J) => string): {
  watch: JobWatch<J>;
  stop: () => void;
} {
  const isTerminal = process.stderr.isTTY;
  const multi = new MultiBar(
    {
      format:
        '{name} |{bar}| {phase} epoch {epoch} batch {value}/{total} ' +
        'loss {loss} validation PGD-20 {robust} left {eta_formatted}',
      barsize: 16,
      hideCursor: true,
      etaBuffer: 50,
      noTTYOutput: !isTerminal,
      notTTYSchedule: 15_000,
    },
    Presets.shades_classic,
  );
  const bars = new Map<string, {bar: SingleBar; phase: string}>();

  return {
    stop: () => {
      multi.stop();
    },
    watch(job, message) {
      const name = nameOf(job);
      if (message.kind === 'step') {
        const {phase, done, total, epoch, loss} = message;
        let shown = bars.get(name);
        if (shown === undefined) {
          const start = {name: name.padEnd(30), phase, epoch: '-', loss: '-', robust: '-'};
          shown = {bar: multi.create(total, 0, start), phase};
          bars.set(name, shown);
        } else if (shown.phase !== phase) {
          shown.bar.start(total, 0, {
            ...{name: name.padEnd(30), phase, epoch: '-', loss: '-', robust: '-'},
          });
          shown.phase = phase;
        }
        shown.bar.update(done, {epoch: orDash(epoch, 0), phase, loss: orDash(loss, 3)});
      }
      if (message.kind === 'robust') {
        bars.get(name)?.bar.update({robust: percent(message.accuracy)});
      }
    },
  };
}
