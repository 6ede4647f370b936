import type {CheckedExperiment, CheckedTraining} from './checkedExperiment';
import type {Named} from './entry';
import {WITHOUT_ATTACK} from './methods';
import {refuse} from './refuse';

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value;

/** A method's configuration and all that are nested in it. */
const within = (config: Named): Named[] => [
  config,
  ...Object.values(config).filter(isNamed).flatMap(within),
];

/** The names of the teachers that a training asks for. */
export const teachersOf = ({method, wrappers}: CheckedTraining): string[] => [
  ...new Set(
    [method, ...wrappers]
      .flatMap(within)
      .map(({teacher}) => teacher)
      .filter((teacher) => typeof teacher === 'string'),
  ),
];

const DEFAULT_EPOCHS = 100;

/**
 * Throws if parts of an experiment cannot go together.
 *
 * @param experiment - The experiment, with every name spelt out.
 * @throws {@link InvalidArgumentError} that names the part, and what to do.
 */
export function checkCombination(experiment: CheckedExperiment): void {
  const {teachers, ...own} = experiment;
  checkParts('', own);
  for (const [name, teacher] of Object.entries(teachers)) checkParts(`teachers.${name}.`, teacher);
  const asked = [own, ...Object.values(teachers)].flatMap(teachersOf);
  const idle = Object.keys(teachers).find((name) => !asked.includes(name));
  if (idle !== undefined) {
    refuse(
      `teachers.${idle}`,
      'teach somebody: it would be trained for nothing',
      'no method or wrapper with this teacher',
      `Write "teacher": "${idle}" where it teaches, or leave it out.`,
    );
  }
}

function checkParts(path: string, training: CheckedTraining): void {
  checkAttack(path, training);
  checkSchedule(path, training);
  checkEpochs(path, training);
  checkWrappers(path, training);
}

function checkAttack(path: string, {method, attack}: CheckedTraining): void {
  if (attack === undefined) return;
  const leaves = within(method).filter((each) => !('before' in each) && !isLoss(method, each));
  if (leaves.every(({name}) => WITHOUT_ATTACK.includes(name))) {
    refuse(
      `${path}attack`,
      `be left out: ${method.name} makes its inputs itself`,
      attack.name,
      `Leave it out, or choose another method; ${method.name} has options of its own.`,
    );
  }
  const {name, start, norm, startDeviation} = attack;
  if (name !== 'pgd') return;
  if (startDeviation !== undefined && start !== 'gaussian') {
    const found = start === undefined ? 'the uniform start' : JSON.stringify(start);
    refuse(`${path}attack.startDeviation`, 'come with start "gaussian"', found, 'Add the start.');
  }
  if (norm === 'l2' && (start === 'one-sided' || start === 'unclipped')) {
    refuse(
      `${path}attack.start`,
      'be of the L∞ ball with this name',
      'norm "l2"',
      'Use "uniform".',
    );
  }
}

// A loss that is nested in a method is not a method.
const isLoss = (method: Named, config: Named): boolean =>
  within(method).some(({loss}) => loss === config);

function checkSchedule(path: string, {optimizer, schedule}: CheckedTraining): void {
  if (schedule === undefined) return;
  if (optimizer !== undefined && optimizer.name !== 'sgd' && schedule.name !== 'constant') {
    refuse(
      `${path}schedule`,
      'come with the optimizer "sgd", whose rate can be set',
      `the optimizer "${optimizer.name}"`,
      'Leave the schedule out, or use sgd.',
    );
  }
  for (const each of within(schedule)) {
    if ('milestones' in each && 'shares' in each) {
      refuse(
        `${path}schedule`,
        'have milestones or shares',
        'both',
        'Milestones are epochs; shares are of the training.',
      );
    }
  }
}

function checkEpochs(path: string, training: CheckedTraining): void {
  const {method, wrappers, averaging, epochs = DEFAULT_EPOCHS} = training;
  const reachable = (argument: string, epoch: unknown, what: string) => {
    if (typeof epoch !== 'number' || epoch <= epochs) return;
    refuse(
      `${path}${argument}`,
      `be at most ${epochs}, the epochs of the training`,
      String(epoch),
      `${what} would never begin.`,
    );
  };
  if (typeof averaging === 'object' && 'swaFrom' in averaging) {
    reachable('averaging.swaFrom', averaging.swaFrom, 'The average');
  }
  for (const config of within(method)) {
    if (config.name === 'switch-at')
      reachable('method.epoch', config['epoch'], 'The second method');
    if (config.name === 'harl') {
      const {cleanEpochs = 40} = config;
      const first = typeof cleanEpochs === 'number' ? cleanEpochs + 1 : cleanEpochs;
      reachable('method.cleanEpochs + 1', first, 'The second stage');
    }
  }
  wrappers.forEach(({fromEpoch}, i) => {
    reachable(`wrappers[${i}].fromEpoch`, fromEpoch, 'The perturbation');
  });
}

function checkWrappers(path: string, {method, wrappers}: CheckedTraining): void {
  if (!within(method).some(({name}) => name === 'free-at')) return;
  wrappers.forEach(({name}, i) => {
    if (name === 'awp') return;
    refuse(
      `${path}wrappers[${i}]`,
      'be no distillation around free-at, whose inputs move within a step',
      `"${name}"`,
      'Wrap pgd-at or fast-at.',
    );
  });
}
