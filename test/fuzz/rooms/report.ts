import {isPlainObject} from '../../../src/core/options';
import * as report from '../../../src/report/index';
import {sampleReport} from '../../support/reports';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {callback, choice, flag, numbers, only, optional, text, whole, wholes} from '../kinds';

const given = sampleReport();
const reports = only(() => given);
const classNames = optional(f.classNames);

/** Reports. */
export const REPORT: readonly Call[] = [
  call('reportTable', report.reportTable, {reports}, {
    format: choice('text', 'markdown'), classNames, perClass: flag(true),
  }), // prettier-ignore
  call('reportHtml', report.reportHtml, {reports}, {
    title: text('title'),
    summary: optional(text('summary')),
    classNames,
    classCounts: optional(wholes([6, 3, 1], 1, Infinity, (n) => n === 3)),
    epsilons: only(() => ({weak: 0.1}), isPlainObject),
    labels: optional(only(() => [...new Array<number>(10).fill(0), ...new Array<number>(20).fill(1), ...new Array<number>(30).fill(2)])),
    examples: only(() => [], (v) => Array.isArray(v) && v.length === 0),
    range: numbers([0, 1], () => true, (n) => n === 2),
    command: optional(text('npx')),
    details: only(() => ({}), isPlainObject),
  }), // prettier-ignore
  call('hardestExamples', report.hardestExamples, {
    model: f.model,
    dataset: f.data,
    attack: callback(f.quick),
  }, {
    count: whole(2, 1, Infinity, Infinity),
    indices: optional(wholes([0, 1], 0, 8, () => true)),
    batchSize: whole(4, 1, Infinity, Infinity),
    rng: optional(f.rng),
    signal: optional(f.signal),
  }), // prettier-ignore
];
