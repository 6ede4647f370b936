import {paperRow} from './paperNumbers';
import type {PaperReport} from './report';
import {COLUMNS} from './rowSummary';
import {nameOfRow} from './targets';

/** One line for each number of each run, and the paper's beside it; fractions. */
export function csvOf({experiment, runs}: PaperReport): string {
  const head = ['experiment', 'row', 'preset', 'seed', 'checkpoint', 'epoch', 'metric'];
  const lines = experiment.rows.flatMap((row) => {
    const name = nameOfRow(row);
    const paper = paperRow(experiment.name, name);
    return runs
      .filter(({id}) => id === row.preset.id)
      .flatMap(({seed, best, last, history, teacher}) =>
        [
          {checkpoint: 'best', epoch: best.epoch, scores: best.scores, papers: paper?.best},
          {checkpoint: 'last', epoch: history.length, scores: last, papers: paper?.last},
          ...(teacher === null
            ? []
            : [
                {
                  ...{checkpoint: 'teacher', epoch: row.preset.teacher?.epochs ?? null},
                  ...{scores: teacher, papers: null},
                },
              ]),
        ].flatMap(({checkpoint, epoch, scores, papers}) =>
          COLUMNS.map((metric) => [
            ...[experiment.name, name, row.preset.id, seed, checkpoint, epoch, metric],
            ...[scores[metric], papers?.[metric] ?? null],
          ]),
        ),
      );
  });
  return `${[[...head, 'value', 'paper'], ...lines].map((line) => line.map(quoted).join(',')).join('\n')}\n`;
}

const quoted = (cell: string | number | null): string => {
  const text = cell === null ? '' : String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
