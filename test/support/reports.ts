import {type RobustnessReport, robustnessScore} from '../../src/metrics/robustnessReport';

const TOTALS = [10, 20, 30];

/** A report of three classes with clean inputs and two attacks; the tail is class 2. */
export function sampleReport(change: Partial<RobustnessReport> = {}): RobustnessReport {
  const selection = {groups: {head: [0, 1]}, tail: [2]};
  const score = (correct: number[]) => robustnessScore(correct, TOTALS, selection);
  const answers = [0, 1, 2].flatMap((label) => new Array<number>(TOTALS[label] ?? 0).fill(label));
  return {
    ...{examples: 60, numClasses: 3, strict: false, computedOn: ['cpu']},
    clean: score([9, 18, 24]),
    attacks: {
      weak: score([8, 14, 12]),
      strong: {
        ...score([5, 10, 6]),
        cost: {forward: 1234, backward: 600, queries: 0},
        warnings: [{code: 'odd', message: 'Something is odd.', advice: 'Look at it.'}],
        components: [
          {name: 'first', ...score([6, 11, 9]), cost: {forward: 200, backward: 100, queries: 0}},
        ],
        predictions: answers.map((label, i) => (i % 2 === 0 ? label : (label + 1) % 3)),
      },
    },
    ...change,
  };
}

/** The labels that belong to the predictions of {@link sampleReport}. */
export const sampleLabels = TOTALS.flatMap((total, label) => new Array<number>(total).fill(label));
