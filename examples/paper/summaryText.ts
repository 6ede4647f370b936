import {textTable} from '../demo/table';
import {HEAD, paperLines} from './paperTable';
import type {PaperReport} from './report';
import {isReduced, scaleSentences} from './words';

/** The report for a terminal. */
export function summaryText(report: PaperReport): string {
  const rows = paperLines(report).map(({name, cells}) => [name, ...cells]);
  return [
    `${report.experiment.title}${isReduced(report) ? ' (reduced scale)' : ''}`,
    ...scaleSentences(report),
    '',
    textTable({head: ['row', ...HEAD], rows}),
  ].join('\n');
}
