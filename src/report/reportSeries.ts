import type {AttackScore, RobustnessScore} from '../metrics/robustnessReport';
import type {NamedReport} from './reportInput';

/** Scores that are shown next to others, and their name. */
export interface Series {
  readonly name: string;
  readonly score: RobustnessScore;
}

/** The attack under which a model is least accurate, if there was any. */
export function worstAttack({
  report,
}: NamedReport): {readonly name: string; readonly score: AttackScore} | undefined {
  const [worst] = Object.entries(report.attacks).sort(([, a], [, b]) => a.accuracy - b.accuracy);
  return worst === undefined ? undefined : {name: worst[0], score: worst[1]};
}

/** The scores of a report, clean first. */
export const scoresOf = ({
  report,
}: NamedReport): readonly (readonly [name: string, score: RobustnessScore])[] => [
  ['clean', report.clean],
  ...Object.entries(report.attacks),
];

/**
 * What to show class by class. For one report: clean inputs and every attack; for several: the
 * worst attack of each, or clean inputs where there was none.
 */
export function seriesOf(reports: readonly NamedReport[]): Series[] {
  const [first] = reports;
  if (first !== undefined && reports.length === 1) {
    const attacks = Object.entries(first.report.attacks);
    return [
      {name: 'clean', score: first.report.clean},
      ...attacks.map(([name, score]) => ({name, score})),
    ];
  }
  return reports.map((each) => {
    const {name, score} = worstAttack(each) ?? {name: 'clean', score: each.report.clean};
    return {name: `${each.name}: ${name}`, score};
  });
}
