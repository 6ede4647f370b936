import type {RobustnessReport} from 'lt-robust';
import {reportHtml} from 'lt-robust/report';

/** How a network was evaluated: the report, and the class of each example in its order. Plain data. */
export interface Evaluation {
  readonly report: RobustnessReport;
  readonly labels: readonly number[];
}

/** The networks of one seed. */
export interface Networks {
  readonly title: string;
  readonly seed: number;
  readonly epsilon: number;
  readonly classNames: readonly string[];
  /** Of training; undefined where they differ. */
  readonly classCounts: readonly number[] | undefined;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  /** By what to call each; all on the same examples. */
  readonly evaluations: Readonly<Record<string, Evaluation>>;
}

/** The page of the package about networks beside each other: intervals, classes, answers, paired tests. */
export function networksPage(networks: Networks): string {
  const {title, seed, epsilon, classNames, classCounts, command, versions, evaluations} = networks;
  const labels = Object.values(evaluations)[0]?.labels;
  const reports = Object.fromEntries(
    Object.entries(evaluations).map(([name, {report}]) => [name, report]),
  );
  return reportHtml(reports, {
    ...{title, classNames, classCounts, labels, epsilons: {pgd20: epsilon}, command},
    summary: `The networks of seed ${seed} after their last epoch, on the same test images.`,
    details: {seed, ...versions},
  });
}
