import {checkNumbers} from '../core/checks/checkNumbers';
import {checkGiven, hasParts} from '../core/checks/checkGiven';
import {checkNumber} from '../core/checks/checkNumber';
import {isPlainObject, plainOptions, type Defaults, withDefaults} from '../core/options';
import {classPlot} from './classPlot';
import {confusionSection} from './confusionSection';
import {epsilonPlot} from './epsilonPlot';
import {exampleSection, type ReportExample} from './exampleSection';
import {html, type Html} from './html';
import {pairedSection} from './pairedSection';
import {checkByClass, namedReports, type Reports} from './reportInput';
import {costSection, headline, scoreTable, warningSection} from './reportSections';
import {seriesOf, worstAttack} from './reportSeries';
import {reportStyle} from './reportStyle';

/** A setting or a circumstance as a report lists it. */
export type ReportDetail =
  string | number | boolean | null | undefined | readonly (string | number)[];

/** Options of {@link reportHtml}. */
export interface ReportHtmlOptions {
  /** Heading and title of the page. @defaultValue 'Robustness report' */
  readonly title?: string | undefined;
  /** A few sentences under the heading. @defaultValue undefined, none */
  readonly summary?: string | undefined;
  /** Names of the classes. @defaultValue undefined, their numbers */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Training examples of each class, which give the order of the classes. @defaultValue undefined
   */
  readonly classCounts?: ArrayLike<number> | undefined;
  /**
   * Epsilon of each attack by its name; two or more make a curve. @defaultValue \{\}, none
   */
  readonly epsilons?: Readonly<Record<string, number>> | undefined;
  /**
   * Class of each example in the order evaluated. With it, and with reports that have
   * `predictions`, the page shows what the models answer under the worst attack.
   * @defaultValue undefined
   */
  readonly labels?: ArrayLike<number> | undefined;
  /** Examples to show, as `hardestExamples` gives them. @defaultValue [], none */
  readonly examples?: readonly ReportExample[] | undefined;
  /** Smallest and largest pixel of these examples. @defaultValue [0, 1] */
  readonly range?: readonly [min: number, max: number] | undefined;
  /** The command that made the report, to run it again. @defaultValue undefined */
  readonly command?: string | undefined;
  /** Settings, seed, versions, backend, time: whatever is worth keeping. @defaultValue \{\}, none */
  readonly details?: Readonly<Record<string, ReportDetail>> | undefined;
}

const DEFAULTS: Defaults<
  ReportHtmlOptions,
  'summary' | 'classNames' | 'classCounts' | 'labels' | 'command'
> = {
  title: 'Robustness report',
  summary: undefined,
  classNames: undefined,
  classCounts: undefined,
  epsilons: {},
  labels: undefined,
  examples: [],
  range: [0, 1],
  command: undefined,
  details: {},
};

const detailText = (value: ReportDetail): string =>
  Array.isArray(value) ? value.join(', ') : String(value);

function detailSection(settings: typeof DEFAULTS): Html | null {
  const entries = Object.entries(settings.details).filter(([, value]) => value !== undefined);
  const {command} = settings;
  if (entries.length === 0 && command === undefined) return null;
  return html`<h2>How it was measured</h2>
    ${command === undefined ? null : html`<p><code>${command}</code></p>`}
    <dl>
      ${entries.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${detailText(value)}</dd>`,
      )}
    </dl>`;
}

/**
 * A page about one report, or about several side by side: the figures with their intervals, every
 * class in a dot plot, robust accuracy against epsilon, what the model answers under attack, examples
 * that were broken, warnings with advice, cost and settings.
 *
 * One file of HTML without scripts, fonts or images from elsewhere; it may be opened offline,
 * printed and sent on. It follows the light or dark setting of the reader, fits a phone, and has
 * every plot's numbers in a table that a screen reader reads. Everything that is passed in is shown
 * as text: a class name cannot add markup.
 *
 * @param reports - What `evaluateRobustness` returned, or several of these by name.
 * @param options - See {@link ReportHtmlOptions}.
 * @returns The text of the page.
 * @throws {@link InvalidArgumentError} if a report is not one, two have different classes, or there
 *   is not one label for each prediction.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {type Attack, evaluateRobustness, fgsmAttack} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {reportHtml} from 'lt-robust/report';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.9]), [0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const attacks = {fgsm: (m, x, y) => fgsmAttack(m, x, y)} satisfies Record<string, Attack>;
 * const report = await evaluateRobustness(model, dataset, {attacks});
 * const page = reportHtml(report, {title: 'Bright or dark?', classNames: ['dark', '<bright>']});
 * page.includes('1 (&lt;bright&gt;)'); // => true
 * ```
 */
export function reportHtml(reports: Reports, options: ReportHtmlOptions = {}): string {
  const where = 'reportHtml';
  const settings = withDefaults(where, DEFAULTS, options);
  const {title, summary, classNames, classCounts, epsilons, labels, examples, range} = settings;
  checkTables(where, settings);
  const named = namedReports(where, reports);
  checkByClass(where, 'classNames', classNames, named);
  checkByClass(where, 'classCounts', classCounts, named);
  for (const [name, epsilon] of Object.entries(epsilons)) {
    checkNumber(where, `epsilons.${name}`, epsilon, {min: 0});
  }
  const confusions = named.flatMap((each) => {
    const worst = worstAttack(each);
    const predictions = worst?.score.predictions;
    if (labels === undefined || worst === undefined || predictions === undefined) return [];
    const heading = `Answers under ${worst.name}${each.name === '' ? '' : `: ${each.name}`}`;
    const {numClasses} = each.report;
    return [confusionSection(where, heading, predictions, labels, {numClasses, classNames})];
  });
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        ${reportStyle}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${summary === undefined ? null : html`<p>${summary}</p>`} ${headline(named)}
          ${warningSection(named)} ${pairedSection(named, labels)}
          <h2>Class by class</h2>
          ${classPlot(seriesOf(named), classNames, classCounts)} ${epsilonPlot(named, epsilons)}
          ${confusions} ${exampleSection(examples, range, classNames)} ${scoreTable(named)}
          ${costSection(named)} ${detailSection(settings)}
        </main>
      </body>
    </html>`;
  return page.markup;
}

function checkTables(where: string, settings: typeof DEFAULTS): void {
  const {classCounts, examples, range} = settings;
  for (const name of ['epsilons', 'details'] as const) {
    const table = settings[name];
    const remedy = "Leave it out, or pass {pgd: ...}, by the attacks' names.";
    checkGiven(where, name, table, isPlainObject(table), 'be a plain object', remedy);
  }
  plainOptions(where, settings.epsilons, 'epsilons');
  const details = Object.entries(plainOptions(where, settings.details, 'details'));
  for (const [name, value] of details) {
    const isDetail = [value].flat().every((each) => each === null || typeof each !== 'object');
    const isText = isDetail && typeof value !== 'function' && typeof value !== 'symbol';
    checkGiven(
      where,
      `details.${name}`,
      value,
      isText,
      'be a string or a number',
      'Write it as text.',
    );
  }
  if (classCounts !== undefined)
    checkNumbers(where, 'classCounts', classCounts, {min: 1, integer: true});
  const areAll =
    Array.isArray(examples) &&
    Array.from(examples as readonly unknown[]).every((each) =>
      hasParts(each, 'shape', 'clean', 'adversarial'),
    );
  const remedy = 'Pass what hardestExamples gives.';
  checkGiven(where, 'examples', examples, areAll, 'be a list of examples', remedy);
  const [min, max]: readonly unknown[] = Array.isArray(range) ? range : [];
  const isRange = typeof min === 'number' && typeof max === 'number' && min < max;
  checkGiven(where, 'range', range, isRange, 'be [min, max] with min < max', 'Pass [0, 1], say.');
}
