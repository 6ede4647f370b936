import {checkGiven, hasParts} from '../core/checks/checkGiven';
import type {Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {withIdentity} from '../core/identity';
import {augmentInTurn} from '../data/augment/augmentInTurn';
import {naturalTraining} from '../methods/naturalTraining';
import {classCounts} from '../samplers/classCounts';
import {completeRecipe, type Recipe} from '../training/recipe';
import {ATTACKS} from './attacks';
import {AUGMENTATIONS} from './augmentations';
import type {CheckedTraining, WrittenExperiment} from './checkedExperiment';
import {checkExperiment} from './checkExperiment';
import {checkNamed, type Kind} from './checkNamed';
import type {Named, Table} from './entry';
import {HEADS} from './heads';
import {LOSSES} from './losses';
import {METHODS, type MethodParts} from './methods';
import {OPTIMIZERS} from './optimizers';
import {refuseName, WHERE} from './refuse';
import {SAMPLERS} from './samplers';
import {SCHEDULES} from './schedules';
import {WRAPPERS} from './wrappers';

/** What a recipe is made from, besides its experiment. */
export interface RecipeParts {
  /** The training set; only its labels are read. */
  readonly dataset: Pick<Dataset, 'labels' | 'numClasses'>;
  /** Trained teachers, by the names under which the experiment asks for them. @defaultValue none */
  readonly teachers?: Readonly<Record<string, Model>> | undefined;
}

const experiments = new WeakMap<object, CheckedTraining>();

/**
 * The recipe of an experiment. Its teachers, where it has some, are trained already: they are handed
 * over here. `trainExperiment` trains them first.
 *
 * @param experiment - As written, in a file or in a program.
 * @param parts - See {@link RecipeParts}; `dataset` is required.
 * @returns A recipe for `train`.
 * @throws {@link InvalidArgumentError} as {@link checkExperiment} does, if a number is out of range, or
 *   a teacher that is asked for is missing.
 * @example
 * ```ts
 * import {arrayDataset} from 'lt-robust/data';
 * import {recipeOf} from 'lt-robust/registry';
 *
 * const pixels = new Float32Array([0, 0.2, 0.8, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 0, 1], {shape: [1, 1, 1], numClasses: 2});
 * const recipe = recipeOf({method: 'at-bsl', averaging: {ema: 0.99}, epochs: 3}, {dataset});
 * recipe.epochs; // => 3
 * ```
 */
export function recipeOf(experiment: WrittenExperiment, parts: RecipeParts): Recipe {
  return recipeOfChecked(checkExperiment(experiment), parts);
}

/**
 * The experiment that a recipe was made of, with every name spelt out.
 *
 * @param recipe - A recipe, as {@link recipeOf} returned it.
 * @returns Plain data, from which {@link recipeOf} makes the same recipe; `undefined` if the recipe
 *   was made or changed by hand.
 * @example
 * ```ts
 * import {experimentOf, recipeOf} from 'lt-robust/registry';
 *
 * const dataset = {labels: Int32Array.of(0, 0, 1), numClasses: 2};
 * experimentOf(recipeOf({method: 'pgd-at', epochs: 3}, {dataset}))?.method; // => {name: 'pgd-at'}
 * ```
 */
export const experimentOf = (recipe: Recipe): CheckedTraining | undefined =>
  experiments.get(recipe);

/**
 * The recipe of a training that was checked.
 *
 * @internal
 */
export function recipeOfChecked(training: CheckedTraining, parts: RecipeParts): Recipe {
  const {epochs, batchSize, dropLast, bnVariance, regularizers, averaging} = training;
  const {overfittingStop} = training;
  const remedy = 'Pass {dataset}, the data that are trained on.';
  const isGiven = hasParts(parts, 'dataset');
  checkGiven(WHERE, 'parts', parts, isGiven, 'be {dataset, teachers}', remedy);
  const {labels, numClasses} = parts.dataset;
  const counts = classCounts(labels, numClasses);
  const lengths = {epochs, batchSize, dropLast};
  const given = {...lengths, bnVariance, regularizers, averaging, overfittingStop};
  const length = completeRecipe(WHERE, {method: naturalTraining(), ...given});
  const {optimizer = {name: 'sgd'}, schedule, sampler, head, augmentation} = training;
  const {learningRate = 0.1} = optimizer;
  const recipe: Recipe = {
    ...given,
    method: methodOf(training, counts, parts.teachers ?? {}),
    optimizer: made(OPTIMIZERS, 'optimizer', optimizer, {}),
    schedule: schedule && scheduleOf(schedule, Number(learningRate), length.epochs),
    batches:
      sampler &&
      made(SAMPLERS, 'sampler', sampler, {
        ...{labels, numClasses},
        ...length,
      }),
    augment: augmentOf(augmentation),
    head: head && made(HEADS, 'head', head, {classCounts: counts}),
  };
  experiments.set(recipe, training);
  return recipe;
}

// What a checked configuration stands for.
function made<P, T>(table: Table<P, T>, kind: Kind, config: string | Named, parts: P): T {
  const {name, ...options} = checkNamed(kind, kind, config);
  const entry = table[name];
  if (entry === undefined) return refuseName(kind, `a ${kind}`, name, Object.keys(table));
  return entry.make(options, parts);
}

function methodOf(
  {method, wrappers, attack}: CheckedTraining,
  counts: readonly number[],
  teachers: Readonly<Record<string, Model>>,
): Recipe['method'] {
  const parts: MethodParts = {
    classCounts: counts,
    attack: attack && made(ATTACKS, 'attack', attack, {classCounts: counts}),
    teacher: (name) =>
      (Object.hasOwn(teachers, name) ? teachers[name] : undefined) ??
      refuseName('teacher', 'one that was handed over', name, Object.keys(teachers)),
    loss: (config) => made(LOSSES, 'loss', config, {classCounts: counts}),
    method: (config) => made(METHODS, 'method', config, parts),
  };
  return wrappers.reduce(
    (base, wrapper) => made(WRAPPERS, 'wrapper', wrapper, {base, teacher: parts.teacher}),
    parts.method(method),
  );
}

const scheduleOf = (config: Named, learningRate: number, epochs: number): Recipe['schedule'] => {
  const schedule = (each: string | Named) => made(SCHEDULES, 'schedule', each, parts);
  const parts = {learningRate, epochs, schedule};
  return schedule(config);
};

function augmentOf(configs: readonly Named[]): Recipe['augment'] {
  const all = configs.map((config) => made(AUGMENTATIONS, 'augmentation', config, {}));
  if (all.length < 2) return all[0];
  return withIdentity(augmentInTurn(...all), {name: 'augmentInTurn', augmentations: all});
}
