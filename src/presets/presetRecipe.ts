import type {AsyncAugmentation, Augmentation} from '../data/augment/augmentation';
import {augmentInTurn} from '../data/augment/augmentInTurn';
import {autoAugment} from '../data/augment/autoAugment';
import {cropAndFlip} from '../data/augment/cropAndFlip';
import {randAugment} from '../data/augment/randAugment';
import {adjustedClassifier} from '../models/adjustedClassifier';
import {multiStep} from '../optimizers/schedules';
import {sgd} from '../optimizers/sgd';
import type {Recipe} from '../training/recipe';
import type {PresetAugmentation, PresetStage} from './preset';
import {presetMethod, type PresetMethodParts} from './presetMethod';

/**
 * The recipe of a stage, for `train`: its method, its optimizer and schedule, its augmentation. Batch
 * norm's running variance is PyTorch's, which the paper's code has; what is evaluated is the form in
 * which the network is scored.
 *
 * @param stage - A training, as plain data.
 * @param parts - What its method needs: class counts, and a teacher or none.
 * @returns The recipe; vary it by spreading.
 * @throws {@link InvalidArgumentError} if a setting is out of range or a teacher is missing.
 * @example
 * ```ts
 * import {preset, presetRecipe} from 'lt-robust/presets';
 *
 * const {main} = preset('cifar10-lt50/resnet18/at-bsl');
 * const recipe = presetRecipe(main, {classCounts: [500, 50, 5]});
 * recipe.schedule?.({epoch: 75, epochs: 100, step: 1, stepsPerEpoch: 10}); // => 0.01
 * ```
 */
export function presetRecipe(stage: PresetStage, parts: PresetMethodParts): Recipe {
  const {epochs, batchSize, dropLast, learningRate, momentum, weightDecay, milestones} = stage;
  const {scoring} = stage;
  return {
    ...{method: presetMethod(stage, parts), epochs, batchSize, dropLast},
    optimizer: () => sgd({learningRate, momentum, weightDecay}),
    schedule: multiStep({learningRate, milestones}),
    augment: augmentationOf(stage.augmentation),
    bnVariance: 'unbiased',
    head:
      scoring === null
        ? undefined
        : (model) => adjustedClassifier(model, parts.classCounts, scoring),
  };
}

function augmentationOf(name: PresetAugmentation): Augmentation | AsyncAugmentation | undefined {
  switch (name) {
    case 'none':
      return undefined;
    case 'crop-flip':
      return cropAndFlip();
    case 'randaugment':
      return augmentInTurn(randAugment(), cropAndFlip());
    case 'autoaugment':
      return augmentInTurn(autoAugment(), cropAndFlip());
  }
}
