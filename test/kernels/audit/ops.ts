import {ACTIVATIONS} from './activations';
import {CONVOLUTIONS} from './convolutions';
import {LAYERS_OPS} from './layersOps';
import type {OpCase} from './opCase';
import {SHAPES_AND_SUMS} from './shapesAndSums';

/** Every differentiable operation that models of tf.layers use, in its variants. */
export const OPS: readonly OpCase[] = [
  ...CONVOLUTIONS,
  ...LAYERS_OPS,
  ...ACTIVATIONS,
  ...SHAPES_AND_SUMS,
];

/** Rows of the table, in order. */
export const OP_NAMES: readonly string[] = [...new Set(OPS.map(({op}) => op))];
