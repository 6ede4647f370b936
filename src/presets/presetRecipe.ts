import {checkStage} from './checkPreset';
import {checkGiven, hasParts} from '../core/checks/checkGiven';
import type {Classifier} from '../core/classifier';
import {recipeOf, type RecipeParts} from '../registry/recipeOf';
import type {Recipe} from '../training/recipe';
import type {PresetStage} from './preset';
import {stageExperiment, TEACHER} from './presetExperiment';

/** What a recipe needs besides its stage. */
export interface PresetRecipeParts extends Pick<RecipeParts, 'dataset'> {
  /** The teacher in inference mode, for stages whose wrappers need one. @defaultValue none */
  readonly teacher?: Classifier | undefined;
}

/**
 * The recipe of a stage, for `train`: its method, its optimizer and schedule, its augmentation. Batch
 * norm's running variance is PyTorch's, which the paper's code has; what is evaluated is the form in
 * which the network is scored.
 *
 * @param stage - A training, as plain data.
 * @param parts - The whole long-tailed set, whose classes are counted, and a teacher or none.
 * @returns The recipe; vary it by spreading.
 * @throws {@link InvalidArgumentError} if a class is empty, a setting is out of range or a teacher is
 *   missing.
 * @example
 * ```ts
 * import {preset, presetRecipe} from 'lt-robust/presets';
 *
 * const {main} = preset('cifar10-lt50/resnet18/at-bsl');
 * const dataset = {labels: Int32Array.of(0, 0, 1), numClasses: 2};
 * const recipe = presetRecipe(main, {dataset});
 * recipe.schedule?.({epoch: 75, epochs: 100, step: 1, stepsPerEpoch: 10}); // => 0.01
 * ```
 */
export function presetRecipe(stage: PresetStage, parts: PresetRecipeParts): Recipe {
  checkStage('presetRecipe', stage);
  checkGiven(
    'presetRecipe',
    'parts',
    parts,
    hasParts(parts, 'dataset'),
    'be {dataset, teacher}',
    'Pass {dataset}.',
  );
  const {dataset, teacher} = parts;
  const teachers = teacher === undefined ? {} : {[TEACHER]: teacher};
  return recipeOf(stageExperiment(stage), {dataset, teachers});
}
