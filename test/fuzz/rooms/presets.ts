import {arrayDataset} from '../../../src/data/arrayDataset';
import * as presets from '../../../src/presets/index';
import {call, longCall, type Call} from '../call';
import * as f from '../fixtures';
import {base, only, optional, real, required, text, whole} from '../kinds';

const pictures = arrayDataset(new Uint8Array(8 * 192), [0, 0, 0, 1, 1, 1, 2, 2], {
  shape: [8, 8, 3],
});
const imageData = only(() => pictures);
const preset = only(() => presets.presets()[0]);
const stage = only(() => presets.presets()[0]?.main);
const smallPreset = () =>
  presets.scalePreset(presets.presets()[0] as presets.Preset, {
    epochs: 1,
    batchSize: 2,
    attackSteps: 1,
    network: {name: 'resnet18', width: 1},
  });

/** Presets. */
export const PRESETS: readonly Call[] = [
  call('experiments', presets.experiments, {}),
  call('presets', presets.presets, {}),
  call('preset', presets.preset, {id: only(() => presets.presets()[0]?.id)}),
  call('presetExperiment', presets.presetExperiment, {preset}),
  call('presetNetwork', presets.presetNetwork, {
    stage: only(() => ({network: {name: 'resnet18', width: 1}, head: 'linear'}) as never),
  }, {inputShape: base(only(() => [8, 8, 3])), numClasses: base(whole(3, 2)), seed: whole(1, 0, 0xffffffff, Infinity)}), // prettier-ignore
  call('presetRecipe', presets.presetRecipe, {
    stage,
    parts: only(() => ({dataset: f.data.valid(), teacher: f.linear})),
  }),
  call('scalePreset', presets.scalePreset, {preset}, {
    epochs: optional(whole(2, 1, Infinity, Infinity)),
    batchSize: optional(whole(2, 1, Infinity, Infinity)),
    attackSteps: optional(whole(2, 1, Infinity, Infinity)),
    learningRate: optional(real(0.1, {above: 0})),
    network: optional(only(() => presets.presets()[0]?.main.network)),
  }), // prettier-ignore
  longCall('trainPreset', presets.trainPreset, {preset: only(smallPreset), dataset: imageData}, {
    ...f.RUN, rng: required(f.rng), teacherKey: optional(text('teacher')),
  }), // prettier-ignore
];
