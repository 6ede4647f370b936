import * as fc from 'fast-check';

import {checkNumber} from '../../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../../core/options';
import {pixelOf} from '../../math/lattice';
import type {PlainTensor} from './plainTensor';
import {type CountRange, endsOf, listOf} from './ranges';

/** Options of {@link imageBatches}. */
export interface ImageBatchesOptions {
  /** Number of images. @defaultValue [1, 4] */
  readonly count?: CountRange | undefined;
  /** Height of the images in pixels. @defaultValue [1, 4] */
  readonly height?: CountRange | undefined;
  /** Width of the images in pixels. @defaultValue [1, 4] */
  readonly width?: CountRange | undefined;
  /** Number of channels. @defaultValue [1, 3] */
  readonly channels?: CountRange | undefined;
  /** Smallest and largest pixel. @defaultValue [0, 1] */
  readonly range?: readonly [min: number, max: number] | undefined;
  /** Number of grey levels, evenly spaced over the range. @defaultValue 256 */
  readonly levels?: number | undefined;
}

const DEFAULTS: Defaults<ImageBatchesOptions> = {
  count: [1, 4],
  height: [1, 4],
  width: [1, 4],
  channels: [1, 3],
  range: [0, 1],
  levels: 256,
};

/**
 * Batches of images whose pixels lie on the grey levels of a range. They shrink toward one small
 * image of the darkest pixel.
 *
 * @param options - See {@link ImageBatchesOptions}.
 * @returns `[batch, height, width, channels]` as plain data; `toTensor` makes a tensor of it.
 * @throws {@link InvalidArgumentError} if a range is empty.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {imageBatches} from 'lt-robust/testing';
 *
 * const arbitrary = imageBatches({count: 2, height: 3, width: 3, channels: 1});
 * fc.assert(fc.property(arbitrary, ({values, shape}) => {
 *   return values.length === 18 && values.every((pixel) => pixel >= 0 && pixel <= 1);
 * }));
 * ```
 */
export function imageBatches(options: ImageBatchesOptions = {}): fc.Arbitrary<PlainTensor> {
  const where = 'imageBatches';
  const settings = withDefaults(where, DEFAULTS, options);
  const {range, levels} = settings;
  checkNumber(where, 'levels', levels, {min: 2, integer: true});
  checkNumber(where, 'range[0]', range[0]);
  checkNumber(where, 'range[1]', range[1], {above: range[0]});
  const axes = (['count', 'height', 'width', 'channels'] as const).map((axis) =>
    endsOf(where, axis, settings[axis]),
  );
  const most = axes.reduce((size, [, max]) => size * max, 1);
  const shapes = fc.tuple(...axes.map(([min, max]) => fc.integer({min, max})));
  const lattice = {levels, clip: range};
  return fc.tuple(shapes, listOf(fc.nat({max: levels - 1}), most)).map(([shape, list]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return {
      values: Float32Array.from(list.slice(0, size), (level) => pixelOf(level, lattice)),
      shape,
    };
  });
}
