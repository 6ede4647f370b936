import {ACTIVATIONS} from './activations';
import {CONVOLUTIONS} from './convolutions';
import {IMAGES} from './images';
import {LAYERS_OPS} from './layersOps';
import {MASKS_AND_PICKS} from './masksAndPicks';
import type {OpCase} from './opCase';
import {PRODUCTS} from './products';
import {FURTHER_LAYERS} from './furtherLayers';
import {FURTHER_OPS} from './furtherOps';
import {SHAPES_AND_SUMS} from './shapesAndSums';

/** Every differentiable operation that models of tf.layers use, in its variants. */
export const OPS: readonly OpCase[] = [
  ...CONVOLUTIONS,
  ...LAYERS_OPS,
  ...ACTIVATIONS,
  ...SHAPES_AND_SUMS,
  ...PRODUCTS,
  ...MASKS_AND_PICKS,
  ...IMAGES,
  ...FURTHER_OPS,
  ...FURTHER_LAYERS,
];

/** Rows of the table, in order. */
export const OP_NAMES: readonly string[] = [...new Set(OPS.map(({op}) => op))];
