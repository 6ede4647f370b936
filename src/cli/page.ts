import type {ReportExample} from '../report/exampleSection';
import {reportHtml} from '../report/reportHtml';
import type {ReportFile} from './reportFile';

/** The page of a report file. */
export function pageOf(file: ReportFile, examples: readonly ReportExample[] = []): string {
  const {report, labels, attacks, classNames, classCounts, run} = file;
  const [first] = Object.values(attacks);
  // Attacks of one kind make a curve.
  const epsilons = Object.entries(attacks)
    .filter(([, {attack}]) => attack === first?.attack)
    .map(([title, {epsilon}]): [string, number] => [title, epsilon]);
  return reportHtml(report, {
    title: `Robustness of ${run.model}`,
    summary: `${report.examples} examples of ${run.data}.`,
    ...{labels, classNames, classCounts, examples},
    epsilons: Object.fromEntries(epsilons),
    command: run.command,
    details: {
      seed: run.seed,
      backend: run.backend,
      seconds: Math.round(run.elapsedMs / 1000),
      ...run.versions,
    },
  });
}

/** The page of several report files beside each other. */
export function comparisonPage(
  files: Readonly<Record<string, ReportFile>>,
  command: string,
): string {
  const all = Object.values(files);
  const [first] = all;
  const isSame = all.every(({labels}) => String(labels) === String(first?.labels));
  return reportHtml(
    Object.fromEntries(Object.entries(files).map(([name, {report}]) => [name, report])),
    {
      title: `Comparison of ${Object.keys(files).join(' and ')}`,
      classNames: first?.classNames,
      classCounts: first?.classCounts,
      labels: isSame ? first?.labels : undefined,
      command,
      details: Object.fromEntries(
        Object.entries(files).map(([name, {run}]) => [name, run.command]),
      ),
    },
  );
}
