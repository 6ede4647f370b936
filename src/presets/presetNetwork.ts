import type {LayersModel} from '@tensorflow/tfjs-layers';

import {withDefaults} from '../core/options';
import {checkGiven, hasParts} from '../core/checks/checkGiven';
import {checkOneOf} from '../core/checks/checkOneOf';
import {mobileNetV2} from '../models/mobileNetV2';
import type {NetworkOptions} from '../models/parts/networkOptions';
import {preActResnet18} from '../models/preActResnet18';
import {resnet18} from '../models/resnet18';
import {wideResnet} from '../models/wideResnet';
import type {PresetNetwork, PresetStage} from './preset';

/** Names of the networks that presets are made of. */
export const NETWORK_NAMES: readonly PresetNetwork['name'][] = [
  ...(['resnet18', 'preActResnet18', 'wideResnet', 'mobileNetV2'] as const),
];

/**
 * The network of a stage, with fresh weights.
 *
 * @param stage - What names the network and its last layer.
 * @param options - Shape of the images, number of classes, seed of the weights.
 * @returns An uncompiled `tf.LayersModel` that gives logits (cosines with RoBal's head); dispose it
 *   with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if a number is out of range or there is no such network.
 * @example
 * ```ts
 * import {preset, presetNetwork} from 'lt-robust/presets';
 *
 * const {main} = preset('cifar100-lt10/resnet18/robal');
 * const stage = {...main, network: {...main.network, width: 2}};
 * const model = presetNetwork(stage, {numClasses: 100, seed: 1});
 * model.outputs[0]?.shape; // => [null, 100]
 * ```
 */
export function presetNetwork(
  stage: Pick<PresetStage, 'network' | 'head'>,
  options: Pick<NetworkOptions, 'inputShape' | 'numClasses' | 'seed'> = {},
): LayersModel {
  const remedy = 'Pass preset(id).main, or its teacher.';
  const expected = 'be a stage of a preset';
  checkGiven('presetNetwork', 'stage', stage, hasParts(stage, 'network'), expected, remedy);
  const {name, width, depth} = stage.network;
  checkOneOf('presetNetwork', 'network', name, NETWORK_NAMES);
  const none = {inputShape: undefined, numClasses: undefined, seed: undefined};
  const given = withDefaults<typeof options>('presetNetwork', none, options);
  const shared = {...given, head: stage.head, width};
  switch (name) {
    case 'resnet18':
      return resnet18(shared);
    case 'preActResnet18':
      return preActResnet18(shared);
    case 'mobileNetV2':
      return mobileNetV2(shared);
    case 'wideResnet':
      return wideResnet({...shared, depth});
  }
}
