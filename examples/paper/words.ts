import {facts} from './facts';
import type {PaperReport} from './report';
import {differences} from './scale';

/** In what a report is not as in the paper, and what its numbers are of. */
export const scaleSentences = (report: PaperReport): readonly string[] => [
  ...differences(report).map(({sentence}) => sentence),
  ...facts(report),
];

/** Whether a report is as in the paper, smaller, or not smaller and still other. */
export function scaleOf(report: PaperReport): 'paper' | 'reduced' | 'other' {
  const all = differences(report);
  if (all.some(({isLess}) => isLess)) return 'reduced';
  return all.length > 0 ? 'other' : 'paper';
}
