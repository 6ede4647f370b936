import {checkGiven} from '../core/checks/checkGiven';
import {isPlainObject, plainOptions} from '../core/options';
import {InvalidArgumentError} from '../core/errors';
import {describeValue} from '../core/describeValue';
import type {RobustnessReport} from '../metrics/robustnessReport';

/** One report, or several by the names to show them under: a comparison. */
export type Reports = RobustnessReport | Readonly<Record<string, RobustnessReport>>;

/** A report and its name; the name of a single one is empty. */
export interface NamedReport {
  readonly name: string;
  readonly report: RobustnessReport;
}

const isReport = (value: unknown): value is RobustnessReport =>
  typeof value === 'object' &&
  value !== null &&
  'clean' in value &&
  'attacks' in value &&
  'numClasses' in value &&
  typeof value.numClasses === 'number';

/** The reports in a list; throws unless they are reports of one task. */
export function namedReports(where: string, reports: Reports): NamedReport[] {
  if (isReport(reports)) return [{name: '', report: reports}];
  const entries = Object.entries(
    isPlainObject(reports) ? plainOptions(where, reports, 'report') : {},
  );
  const wrong = entries.find(([, report]) => !isReport(report));
  if (entries.length === 0 || wrong !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument: wrong === undefined ? 'reports' : `reports.${wrong[0]}`,
      expected: 'be what evaluateRobustness returned, or several of these by name',
      found: wrong === undefined ? describeValue(reports) : describeValue(wrong[1]),
      remedy: 'Pass the report, or {before: report, after: other}.',
    });
  }
  const [[, first] = []] = entries;
  for (const [name, report] of entries) {
    if (report.numClasses === first?.numClasses) continue;
    throw new InvalidArgumentError({
      where,
      argument: `reports.${name}`,
      expected: `have the ${first?.numClasses ?? 0} classes of the first report`,
      found: String(report.numClasses),
      remedy: 'Compare models of one task.',
    });
  }
  return entries.map(([name, report]) => ({name, report}));
}

/** Throws unless a list has an entry for each class of the reports. */
export function checkByClass(
  where: string,
  argument: string,
  list: ArrayLike<unknown> | undefined,
  [first]: readonly NamedReport[],
): void {
  const numClasses = first?.report.numClasses ?? 0;
  const isRight = list === undefined || list.length === numClasses;
  const expected = `have an entry for each of the ${numClasses} classes`;
  checkGiven(
    where,
    argument,
    list,
    isRight,
    expected,
    'Add those that are missing, or leave the option out.',
  );
}
