import {textTable} from '../demo/table';
import {HEAD, paperLines, remarksOn} from './paperTable';
import type {PaperReport} from './report';
import {scaleOf, scaleSentences} from './words';

const MARKS = {paper: '', reduced: ' (reduced scale)', other: ' (other settings than the paper’s)'};

/** The report for a terminal. */
export function summaryText(report: PaperReport): string {
  const rows = paperLines(report).map(({name, cells}) => [name, ...cells]);
  return [
    `${report.experiment.title}${MARKS[scaleOf(report)]}`,
    ...scaleSentences(report),
    '',
    textTable({head: ['row', ...HEAD], rows}),
    ...remarksOn(report),
  ].join('\n');
}
