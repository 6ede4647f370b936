/**
 * Models: `tf.LayersModel`s, and what turns one into a classifier. The only entry that loads
 * tfjs-layers.
 *
 * @packageDocumentation
 */

export {layersClassifier, type LayersClassifierOptions} from './layersClassifier';
export {normalizePixels, type PixelStatistics} from './normalizePixels';
export {smallConvNet, type SmallConvNetOptions} from './smallConvNet';

// What its functions throw.
export {InvalidArgumentError} from '../core/errors';
