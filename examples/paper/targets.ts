import {
  experiments,
  preset,
  scalePreset,
  type Experiment,
  type ExperimentRow,
} from 'lt-robust/presets';

import {combinations} from './combinations';
import type {PaperScale} from './settings';

/** The epochs of the paper's main training. */
const PAPER_EPOCHS = 100;

/** The paper's experiments, and one of rows that it does not have. */
export const allExperiments = (): readonly Experiment[] => [...experiments(), combinations()];

/**
 * What a name on the command line stands for: an experiment, or the one row of a preset's id.
 *
 * @param labels - Only rows of these labels, with their group (`'AT-BSL, IR 50'`) or without.
 */
export function experimentOf(target: string, labels: readonly string[] = []): Experiment {
  const found = allExperiments().find(({name}) => name === target);
  const experiment = found ?? rowAlone(target);
  if (labels.length === 0) return experiment;
  const wanted = (row: ExperimentRow) =>
    labels.includes(row.label) || labels.includes(nameOfRow(row));
  const known = new Set(experiment.rows.flatMap((row) => [row.label, nameOfRow(row)]));
  const wrong = labels.find((label) => !known.has(label));
  if (wrong !== undefined) {
    throw new Error(`${target} has no row "${wrong}"; it has ${[...known].join('; ')}`);
  }
  return {...experiment, rows: experiment.rows.filter(wanted)};
}

/** A row of an experiment by its whole name. */
export const nameOfRow = ({label, group}: ExperimentRow): string =>
  group === undefined ? label : `${label}, ${group}`;

function rowAlone(id: string): Experiment {
  const owner = allExperiments().find(({rows}) => rows.some((row) => row.preset.id === id));
  if (owner === undefined) {
    const names = allExperiments().map(({name}) => name);
    if (!id.includes('/')) throw new Error(`no experiment "${id}"; there are ${names.join(', ')}`);
    preset(id); // says which there are
    throw new Error(`no row "${id}"`);
  }
  return {...owner, seeds: 1, rows: owner.rows.filter((row) => row.preset.id === id)};
}

/** The experiment at the user's scale. */
export function scaleExperiment(experiment: Experiment, scale: PaperScale): Experiment {
  const {epochs: asked, ...rest} = scale;
  const rows = experiment.rows.map((row) => {
    const own = row.preset.main.epochs;
    const epochs =
      asked === undefined ? undefined : Math.max(1, Math.round((own * asked) / PAPER_EPOCHS));
    return {...row, preset: scalePreset(row.preset, {...rest, epochs})};
  });
  return {...experiment, rows};
}
