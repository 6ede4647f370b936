import * as tf from '@tensorflow/tfjs-core';

import {type Gradient, gradientOf, type Kernel} from './kernel';

/** A tensor whose axes have letters for names. */
interface Term {
  readonly letters: string;
  readonly tensor: tf.Tensor;
}

const sizeOf = ({letters, tensor}: Term, letter: string) => tensor.shape[letters.indexOf(letter)];

/** The tensor with these axes in this order, the others summed up. */
function arranged({letters, tensor}: Term, order: string): tf.Tensor {
  const away = [...letters].flatMap((letter, axis) => (order.includes(letter) ? [] : [axis]));
  const left = [...letters].filter((letter) => order.includes(letter));
  const summed = away.length > 0 ? tf.sum(tensor, away) : tensor;
  return tf.transpose(
    summed,
    [...order].map((letter) => left.indexOf(letter)),
  );
}

/** The sum of products of two terms over all letters that are not in `out`, by one matMul. */
export function contract(a: Term, b: Term, out: string): tf.Tensor {
  const pick = (letters: string, test: (letter: string) => boolean) =>
    [...letters].filter(test).join('');
  const [inA, inB] = [a, b].map(
    ({letters}) =>
      (letter: string) =>
        letters.includes(letter),
  );
  const both = (letter: string) => inA?.(letter) === inB?.(letter);
  const batch = pick(out, both);
  const rows = pick(out, (letter) => !both(letter) && a.letters.includes(letter));
  const columns = pick(out, (letter) => !both(letter) && b.letters.includes(letter));
  const inner = pick(a.letters, (letter) => both(letter) && !out.includes(letter));
  const shape = (letters: string) =>
    [...letters].map((letter) => sizeOf(a, letter) ?? sizeOf(b, letter) ?? 1);
  const [batches, m, k, n] = [batch, rows, inner, columns].map((letters) =>
    tf.util.sizeFromShape(shape(letters)),
  ) as [number, number, number, number];
  const product = tf.matMul(
    tf.reshape(arranged(a, batch + rows + inner), [batches, m, k]),
    tf.reshape(arranged(b, batch + inner + columns), [batches, k, n]),
  );
  const letters = batch + rows + columns;
  return arranged({letters, tensor: tf.reshape(product, shape(letters))}, out);
}

/** The terms of an equation of one or two tensors, a second one of no axes where it is missing. */
function parsed(equation: string, tensors: readonly tf.Tensor[]) {
  tf.backend_util.decodeEinsumEquation(equation, tensors.length); // refuses what tfjs does
  const [left = '', out = ''] = equation.replaceAll(/\s/g, '').split('->');
  const letters = left.split(',');
  const terms = [0, 1].map((i) => ({
    letters: letters[i] ?? '',
    tensor: tensors[i] ?? tf.scalar(1),
  })) as [Term, Term];
  return {terms, out};
}

/**
 * Einsum by one matMul. tfjs has none on wasm; its others write all products out before they add them
 * up, and do not sum over an axis of the second term alone.
 */
export const einsum: Kernel<tf.EinsumAttrs> = ({inputs, attrs}) =>
  tf.tidy(() => {
    const {terms, out} = parsed(attrs.equation, Object.values(inputs));
    return contract(...terms, out);
  });

/** Gradient of einsum to one term: the contraction of dy with the other, repeated along the rest. */
function toward(term: Term, other: Term, out: string, dy: tf.Tensor): tf.Tensor {
  const known = [...term.letters].filter(
    (letter) => out.includes(letter) || other.letters.includes(letter),
  );
  const sum = contract({letters: out, tensor: dy}, other, known.join(''));
  const {shape} = term.tensor;
  const kept = shape.map((size, axis) => (known.includes(term.letters[axis] ?? '') ? size : 1));
  return tf.broadcastTo(tf.reshape(sum, kept), shape);
}

/** Gradient of einsum, of which tfjs has none. */
export const einsumGradient: Gradient = gradientOf(
  [],
  (dy, saved: readonly tf.Tensor[], {equation}: tf.EinsumAttrs) => ({
    0: () => {
      const {terms, out} = parsed(equation, saved);
      return toward(terms[0], terms[1], out, dy);
    },
    1: () => {
      const {terms, out} = parsed(equation, saved);
      return toward(terms[1], terms[0], out, dy);
    },
  }),
  {saveAllInputs: true},
);
