import type {PaperReport} from './report';
import {differences} from './scale';

/** In what a report is not as in the paper, and on what its numbers are. */
export function scaleSentences(report: PaperReport): string[] {
  const {settings, experiment, runs} = report;
  const main = experiment.rows[0]?.preset.main;
  const [first] = runs;
  const images =
    first === undefined
      ? []
      : [
          `${sum(first.classCounts).toLocaleString('en-US')} training images ` +
            `(${shown(first.classCounts)}), ${first.testImages.toLocaleString('en-US')} test images, ` +
            `${first.parameters.toLocaleString('en-US')} parameters` +
            `${main === undefined ? '' : `, PGD-${main.attack?.steps ?? 0} in training`}.`,
        ];
  return [
    ...differences(report).map(({sentence}) => sentence),
    ...(settings.data === null ? [] : [`Images from ${settings.data}.`]),
    ...images,
  ];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const shown = (counts: readonly number[]): string =>
  counts.length <= 10 ? counts.join(', ') : `${counts[0]} to ${counts.at(-1)} of a class`;

/** Whether a report is as in the paper, smaller, or not smaller and still other. */
export function scaleOf(report: PaperReport): 'paper' | 'reduced' | 'other' {
  const all = differences(report);
  if (all.some(({isLess}) => isLess)) return 'reduced';
  return all.length > 0 ? 'other' : 'paper';
}
