import {input, layers, model, type LayersModel} from '@tensorflow/tfjs-layers';

import {createRng} from '../../core/rng';
import {cosineHead} from '../cosineHead';
import {fittingWeights} from './fittingWeights';
import {initialise, type Initialisation} from './initialise';
import {through, type Place} from './layering';
import {normalizationLayer} from './normalization';
import {checkNetwork, type NetworkSettings} from './networkOptions';

/** What makes a network its own, besides the settings that all share. */
export interface NetworkPlan {
  /** Public function: for error messages, and the name of the model. */
  readonly where: string;
  /** From images (normalised, if asked for) to the feature map that is averaged. */
  readonly body: (x: Place) => Place;
  /** Name of the last layer: what PyTorch's original calls it. */
  readonly headName: string;
  /** How weights start; PyTorch's default unless given. */
  readonly initialisation?: Initialisation;
}

/**
 * Builds a network: pixels, the plan's body, global average, head, initial weights. Layers have the
 * names that the modules have in PyTorch's original, so that a `state_dict` needs no table.
 *
 * @param plan - See {@link NetworkPlan}.
 * @param settings - Checked here.
 * @returns The model; the input of its last layer are the features.
 */
export function buildNetwork(plan: NetworkPlan, settings: NetworkSettings): LayersModel {
  const {where} = plan;
  checkNetwork(where, settings);
  return fittingWeights(where, 'width', () => built(plan, settings));
}

function built(plan: NetworkPlan, settings: NetworkSettings): LayersModel {
  const {where, body, headName, initialisation} = plan;
  const {inputShape, normalization, seed} = settings;
  const head = headLayer(headName, settings);
  const pixels = normalization && normalizationLayer(where, normalization, inputShape);
  const images = input({shape: [...inputShape]});
  const x = body(pixels === undefined ? images : through(pixels.layer, images));
  const features = through(layers.globalAveragePooling2d({name: 'features'}), x);
  const outputs = through(head, features);
  const network = model({inputs: images, outputs, name: where});
  pixels?.fill();
  const rng = createRng(seed);
  network.layers.forEach((layer) => initialise(layer, rng.fork(layer.name), initialisation));
  return network;
}

/** The last layer of a network: linear with a bias, or cosines; its weights are still to be drawn. */
export function headLayer(
  name: string,
  {head, numClasses}: Pick<NetworkSettings, 'head' | 'numClasses'>,
): layers.Layer {
  if (head !== 'linear') return cosineHead(numClasses, {...(head === 'cosine' ? {} : head), name});
  return layers.dense({name, units: numClasses, kernelInitializer: 'zeros'});
}
