import {checkOneOf} from '../core/checks/checkOneOf';
import {type Defaults, withDefaults} from '../core/options';
import type {GroupScore} from '../metrics/robustnessReport';
import {
  type Alignment,
  classLabel,
  markdownTable,
  percent,
  percentRange,
  textTable,
} from './format';
import {checkByClass, type NamedReport, namedReports, type Reports} from './reportInput';
import {scoresOf, seriesOf} from './reportSeries';

/** Options of {@link reportTable}. */
export interface ReportTableOptions {
  /** Aligned columns for a terminal, or a Markdown table. @defaultValue 'text' */
  readonly format?: 'text' | 'markdown' | undefined;
  /** Names of the classes. @defaultValue undefined, their numbers */
  readonly classNames?: readonly string[] | undefined;
  /** Whether a second table lists every class. @defaultValue true */
  readonly perClass?: boolean | undefined;
}

const DEFAULTS: Defaults<ReportTableOptions, 'classNames'> = {
  format: 'text',
  classNames: undefined,
  perClass: true,
};

const tailOf = (tail: GroupScore | null): string =>
  tail === null ? '-' : `${percent(tail.accuracy)} (${percentRange(tail.interval)})`;

/**
 * A report, or several side by side, as a table of text: accuracy with its 95 % interval, balanced
 * accuracy, the worst class and the tail, on clean inputs and under each attack; then, the accuracy
 * of each class; for several reports, that under the worst attack on each.
 *
 * @param reports - What `evaluateRobustness` returned, or several of these by name.
 * @param options - See {@link ReportTableOptions}.
 * @returns Lines of text, without a line break at the end.
 * @throws {@link InvalidArgumentError} if a report is not one, or two have different classes.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {evaluateRobustness} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {reportTable} from 'lt-robust/report';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.9]), [0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const report = await evaluateRobustness(model, dataset);
 * reportTable(report, {perClass: false}).split('\n')[2].slice(0, 16);
 * // => 'clean    100.0 %'
 * ```
 */
export function reportTable(reports: Reports, options: ReportTableOptions = {}): string {
  const where = 'reportTable';
  const {format, classNames, perClass} = withDefaults(where, DEFAULTS, options);
  checkOneOf(where, 'format', format, ['text', 'markdown']);
  const named = namedReports(where, reports);
  checkByClass(where, 'classNames', classNames, named);
  const table = format === 'text' ? textTable : markdownTable;
  const isMany = named.length > 1 || named[0]?.name !== '';
  const rows = named.flatMap((each) =>
    scoresOf(each).map(([name, score]) => [
      ...(isMany ? [each.name] : []),
      name,
      percent(score.accuracy),
      percentRange(score.interval),
      percent(score.balancedAccuracy),
      percent(score.worstClassAccuracy),
      tailOf(score.tail),
    ]),
  );
  const right: Alignment = 'right';
  const summary = table(
    [
      ...(isMany ? ['model'] : []),
      'inputs',
      'accuracy',
      '95 % interval',
      'balanced',
      'worst',
      'tail',
    ],
    rows,
    [...(isMany ? ['left' as const] : []), 'left', right, right, right, right, right],
  );
  return perClass ? `${summary}\n\n${classTable(named)}` : summary;

  function classTable(all: readonly NamedReport[]): string {
    const columns = seriesOf(all);
    const classes = all[0]?.report.clean.perClass ?? [];
    return table(
      ['class', 'examples', ...columns.map(({name}) => name)],
      classes.map(({class: label, total}) => [
        classLabel(label, classNames),
        String(total),
        ...columns.map(({score}) => percent(score.perClass[label]?.accuracy ?? null)),
      ]),
      ['left', right, ...columns.map(() => right)],
    );
  }
}
