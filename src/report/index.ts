/**
 * Reports as text, Markdown and a page that stands alone.
 *
 * @packageDocumentation
 */

export type {ReportExample} from './exampleSection';
export {hardestExamples, type HardestExamplesOptions} from './hardestExamples';
export {reportHtml, type ReportDetail, type ReportHtmlOptions} from './reportHtml';
export type {Reports} from './reportInput';
export {reportTable, type ReportTableOptions} from './reportTable';

// Errors that its functions throw.
export {InvalidArgumentError} from '../core/errors';
