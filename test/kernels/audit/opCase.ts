import * as tf from '@tensorflow/tfjs-core';

import {createRng} from '../../../src/core/rng';

/**
 * What the inputs of a case are made of, away from kinks and singularities:
 * `any`: magnitudes in [0.2, 1.2], either sign. `positive`: in [0.5, 1.5]. `distinct`: no two
 * values nearer than 0.06, either sign. `negative`: distinct, all below zero.
 */
export type Values = 'any' | 'positive' | 'distinct' | 'negative';

/** One differentiable operation, in one variant. */
export interface OpCase {
  /** Row of the table. */
  readonly op: string;
  readonly variant: string;
  /** Seeded inputs; gradients are taken to all of them. */
  readonly inputs: readonly {readonly shape: readonly number[]; readonly values: Values}[];
  readonly f: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** What tfjs does not differentiate at all, on any backend. */
  readonly noGradient?: boolean;
  /** Backends that have no kernel for the gradient. */
  readonly noGradientOn?: readonly string[];
  /** Backends on which this library refuses the gradient (or that to one of the inputs). */
  readonly refusedOn?: readonly string[];
  /** Backends whose own function of this name is good to about three digits only. */
  readonly coarseOn?: readonly string[];
}

type Settings = Pick<OpCase, 'noGradient' | 'noGradientOn' | 'refusedOn' | 'coarseOn'>;

/** Writes one case; inputs are shapes, with `any` values unless said otherwise. */
export function opCase(
  op: string,
  variant: string,
  inputs: readonly (readonly number[] | {shape: readonly number[]; values: Values})[],
  f: (...inputs: never[]) => tf.Tensor,
  settings: Settings = {},
): OpCase {
  return {
    op,
    variant,
    inputs: inputs.map((input) => ('shape' in input ? input : {shape: input, values: 'any'})),
    f: (...tensors) => f(...(tensors as never[])),
    ...settings,
  };
}

export const positive = (...shape: number[]) => ({shape, values: 'positive' as const});
export const distinct = (...shape: number[]) => ({shape, values: 'distinct' as const});
export const negative = (...shape: number[]) => ({shape, values: 'negative' as const});

function valuesOf(values: Values, size: number, seed: number): Float32Array {
  const rng = createRng(seed);
  if (values === 'any' || values === 'positive') {
    return Float32Array.from({length: size}, () => {
      const magnitude = rng.uniform();
      if (values === 'positive') return 0.5 + magnitude;
      return (rng.uniform() < 0.5 ? -1 : 1) * (0.2 + magnitude);
    });
  }
  // A shuffled grid; its offset keeps it off zero.
  const first = values === 'negative' ? -size : -Math.floor(size / 2);
  const grid = Float32Array.from({length: size}, (_, i) => 0.06 * (first + i) + 0.03);
  for (let i = size - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [grid[i], grid[j]] = [grid[j] as number, grid[i] as number];
  }
  return grid;
}

/** The inputs of a case: the same numbers on every backend. */
export function inputsOf({op, variant, inputs}: OpCase): tf.Tensor[] {
  const name = Array.from(`${op} ${variant}`).reduce(
    (sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973,
    7,
  );
  return inputs.map(({shape, values}, i) =>
    tf.tensor(valuesOf(values, tf.util.sizeFromShape([...shape]), name + 10007 * i), [...shape]),
  );
}
