import * as tf from '@tensorflow/tfjs-core';

import * as fabModule from './generated/fabModule';
import {moduleOn} from './moduleOn';

const instanceOn = moduleOn<{readonly step: (...args: (number | boolean)[]) => void}>(fabModule);

/** What holds for every step of FAB. */
export interface FabConstants {
  /** Values of an example. */
  readonly size: number;
  readonly isL2: boolean;
  /** Coordinates of the normal with a smaller absolute value do not move. */
  readonly flat: number;
  /** The valid range: its ends, and its middle and half of its length, which are finite. */
  readonly min: number;
  readonly max: number;
  readonly middle: number;
  readonly half: number;
  /** Largest weight in a step of the hyperplane's point nearest to the clean example. */
  readonly alphaMax: number;
  readonly overshoot: number;
}

/**
 * One step of FAB on one example: `current` is overwritten with the candidate. `w` is the gradient
 * of a difference of logits, `value` that difference at `current`; both are finite.
 */
export type FabStep = (
  current: Float32Array,
  clean: Float32Array,
  w: Float32Array,
  value: number,
) => void;

/**
 * Lends steps in SIMD, in double precision and with the results of `attacks/fab/fabStep`, up to the
 * order of sums.
 *
 * @param use - Calls them, synchronously and without any operation of tfjs.
 * @returns Whether `use` was called: not on another backend than wasm, or where this cannot run.
 */
export function withSweptFabSteps(
  {size, isL2, flat, min, max, middle, half, alphaMax, overshoot}: FabConstants,
  use: (step: FabStep) => void,
): boolean {
  const instance = instanceOn(tf.backend());
  if (!instance) return false;
  const {heap, run} = instance;
  const even = size + (size % 2);
  // Three arrays of singles, and seven of doubles, at a multiple of 16 bytes.
  heap.withScratch(3 * even + 14 * even + 4, (scratch) => {
    const address = 16 * Math.ceil(scratch / 16);
    const arrays = [0, 1, 2].map((i) =>
      new Float32Array(heap.memory.buffer, address + 4 * i * even, even).fill(0),
    ) as [Float32Array, Float32Array, Float32Array];
    const [currentArray, cleanArray, normalArray] = arrays;
    const addresses = arrays.map(({byteOffset}) => byteOffset);
    const work = address + 12 * even;
    use((current, clean, w, value) => {
      currentArray.set(current);
      cleanArray.set(clean);
      normalArray.set(w);
      const range = [min, max, middle, half] as const;
      run.step(...addresses, even, value, isL2, flat, ...range, alphaMax, overshoot, work);
      current.set(currentArray.subarray(0, size));
    });
  });
  return true;
}
