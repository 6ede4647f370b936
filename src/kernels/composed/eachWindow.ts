import * as tf from '@tensorflow/tfjs-core';

/** Sizes of windows along some axes. */
export interface Windows {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly taps: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before the first place of each axis. */
  readonly before: readonly number[];
}

/**
 * Visits every place of every window that lies inside the input, in order, for any number of axes.
 *
 * @param batch - The windows are the same in every image.
 * @param visit - Receives flat positions: of the output, of the input, of the tap.
 */
export function eachPlace(
  batch: number,
  {inputs, outputs, taps, strides, dilations, before}: Windows,
  visit: (output: number, input: number, tap: number) => void,
): void {
  const [inSize, outSize] = [inputs, outputs].map((shape) => tf.util.sizeFromShape([...shape]));
  const walk = (axis: number, output: number, input: number, tap: number): void => {
    if (axis === inputs.length) {
      for (let b = 0; b < batch; b++) {
        visit(b * (outSize as number) + output, b * (inSize as number) + input, tap);
      }
      return;
    }
    const [size, count] = [inputs[axis] as number, taps[axis] as number];
    for (let o = 0; o < (outputs[axis] as number); o++) {
      const start = o * (strides[axis] as number) - (before[axis] as number);
      for (let t = 0; t < count; t++) {
        const at = start + t * (dilations[axis] as number);
        if (at < 0 || at >= size) continue;
        walk(axis + 1, output * (outputs[axis] as number) + o, input * size + at, tap * count + t);
      }
    }
  };
  walk(0, 0, 0, 0);
}
