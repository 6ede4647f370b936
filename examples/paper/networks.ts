import type {Networks} from '../shared/networksPage';
import type {PaperReport} from './report';
import type {RunResult} from './runRow';

/**
 * The networks of the first seed that has any, by the labels of their rows; of rows on several
 * datasets those of the first one. Undefined while there is no run.
 */
export function networksOf(
  {experiment, seeds, command, versions}: PaperReport,
  runs: readonly RunResult[],
): Networks | undefined {
  const seed = seeds.find((each) => runs.some((run) => run.seed === each));
  const ofSeed = runs.filter((run) => run.seed === seed);
  const [first] = ofSeed;
  if (seed === undefined || first === undefined) return undefined;
  const {classNames, classCounts} = first;
  const comparable = ofSeed.filter((run) => String(run.classNames) === String(classNames));
  const haveSameCounts = comparable.every((run) => String(run.classCounts) === String(classCounts));
  const named = experiment.rows.flatMap(({label, group, preset}) => {
    const run = comparable.find(({id}) => id === preset.id);
    const name = group === undefined ? label : `${group}: ${label}`;
    return run === undefined ? [] : [[name, run.evaluation] as const];
  });
  return {
    ...{title: `${experiment.name}: class by class`, seed, epsilon: experiment.epsilon},
    ...{classNames, classCounts: haveSameCounts ? classCounts : undefined},
    ...{command, versions, evaluations: Object.fromEntries(named)},
  };
}
