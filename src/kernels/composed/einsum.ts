import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, gradientOf, type Kernel} from './kernel';

/** A tensor whose axes have letters for names. */
export interface Term {
  readonly letters: readonly string[];
  readonly tensor: tf.Tensor;
}

/** Names the axes of a tensor by the letters of a word. */
export const named = (word: string, tensor: tf.Tensor): Term => ({
  letters: Array.from(word),
  tensor,
});

const sizeOf = ({letters, tensor}: Term, letter: string) => tensor.shape[letters.indexOf(letter)];

/** The tensor with these axes in this order, the others summed up. */
function arranged({letters, tensor}: Term, order: readonly string[]): tf.Tensor {
  const away = letters.flatMap((letter, axis) => (order.includes(letter) ? [] : [axis]));
  const left = letters.filter((letter) => order.includes(letter));
  const summed = away.length > 0 ? tf.sum(tensor, away) : tensor;
  return tf.transpose(
    summed,
    order.map((letter) => left.indexOf(letter)),
  );
}

/** The sum of products of two terms over all letters that are not in `out`, by one matMul. */
export function contract(a: Term, b: Term, out: readonly string[]): tf.Tensor {
  const both = (letter: string) => a.letters.includes(letter) === b.letters.includes(letter);
  const batch = out.filter(both);
  const rows = out.filter((letter) => !both(letter) && a.letters.includes(letter));
  const columns = out.filter((letter) => !both(letter) && b.letters.includes(letter));
  const inner = a.letters.filter((letter) => both(letter) && !out.includes(letter));
  const shape = (letters: readonly string[]) =>
    letters.map((letter) => sizeOf(a, letter) ?? sizeOf(b, letter) ?? 1);
  const size = (letters: readonly string[]) => tf.util.sizeFromShape(shape(letters));
  const product = tf.matMul(
    tf.reshape(arranged(a, [...batch, ...rows, ...inner]), [size(batch), size(rows), size(inner)]),
    tf.reshape(
      arranged(b, [...batch, ...inner, ...columns]),
      [size(batch), size(inner), size(columns)], // prettier-ignore
    ),
  );
  const letters = [...batch, ...rows, ...columns];
  return arranged({letters, tensor: tf.reshape(product, shape(letters))}, out);
}

/** The terms of an equation of one or two tensors, a second one of no axes where it is missing. */
function parsed(equation: string, tensors: readonly tf.Tensor[]) {
  tf.backend_util.decodeEinsumEquation(equation, tensors.length); // refuses what tfjs does
  const [left = '', out = ''] = equation.replaceAll(/\s/g, '').split('->');
  const [first = '', second = ''] = left.split(',');
  const terms = [named(first, at(tensors, 0)), named(second, tensors[1] ?? tf.scalar(1))] as const;
  return {terms, out: Array.from(out)};
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
function toward(term: Term, other: Term, out: readonly string[], dy: tf.Tensor): tf.Tensor {
  const isKnown = (letter: string) => out.includes(letter) || other.letters.includes(letter);
  const sum = contract({letters: out, tensor: dy}, other, term.letters.filter(isKnown));
  const {shape} = term.tensor;
  const kept = shape.map((size, axis) => (isKnown(at(term.letters, axis)) ? size : 1));
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
