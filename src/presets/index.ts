/**
 * The trainings of the paper "Long-tailed Adversarial Training with Self-Distillation" as plain data,
 * by table and figure, and what turns them into networks, recipes and trained models.
 *
 * @packageDocumentation
 */

export type {Experiment, ExperimentRow} from './experiment';
export {experiments} from './experiments';
export type {
  AtBslPresetMethod,
  AwpPresetWrapper,
  DistillationPresetWrapper,
  MartPresetMethod,
  MatchingPresetWrapper,
  PlainPresetMethod,
  Preset,
  PresetAttack,
  PresetAugmentation,
  PresetBalance,
  PresetCosineHead,
  PresetDataset,
  PresetMethod,
  PresetNetwork,
  PresetScoring,
  PresetStage,
  PresetWrapper,
  ReatPresetMethod,
  RobalPresetMethod,
  TradesPresetMethod,
} from './preset';
export {preset, presets} from './presets';
export {presetExperiment} from './presetExperiment';
export {presetNetwork} from './presetNetwork';
export {presetRecipe, type PresetRecipeParts} from './presetRecipe';
export {scalePreset, type PresetScale} from './scalePreset';
export {
  trainPreset,
  type PresetStageName,
  type TrainedPreset,
  type TrainedStage,
  type TrainPresetOptions,
} from './trainPreset';

// Errors that its functions throw.
export {InvalidArgumentError, NonFiniteLossError} from '../core/errors';
