import * as tf from '@tensorflow/tfjs-core';

import type {Step} from '../kernelRecorder';
import {isKept} from '../weightCache';
import {LARGEST_KEPT, packed} from './dense';
import {productsOn} from './instance';
import {lowestOf} from './lowestOf';
import {type Instance, moduleOn} from './moduleOn';
import type {Run} from './reach';
import {threadsOn} from './threads';
import {isNamed} from './windowRules';

/** Those of `assembly/blockSums.ts`, where the parameters are described. */
interface BlockSums {
  readonly terms: () => number;
  readonly blockSums: (...args: number[]) => void;
  readonly addBlocks: (...args: number[]) => void;
}

const blockSumsOn = moduleOn<BlockSums>(undefined, 'blockSums');

/** A dense layer in the relaxed set, which adds up the sums of blocks of its terms. */
export interface DenseSums {
  /** Of the layer: `[batch, ...]`, one value for each term. */
  readonly input: tf.Tensor;
  /** What else it reads, the same for all images. */
  readonly weights: readonly tf.Tensor[];
  /** Terms in each block but the last. */
  readonly terms: number;
  /** Of the sums, as an image: `[batch, blocks, 1, units]`. */
  readonly shape: readonly [number, number, number, number];
  /** Computes the sums of some blocks, run by run. */
  sum(sums: tf.TensorInfo, blocks: readonly Run[]): void;
  /** The output of the layer. */
  total(sums: tf.TensorInfo): tf.TensorInfo;
}

interface Call {
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
  readonly bias: tf.Tensor | undefined;
  readonly low: number;
}

/** A product of two matrices whose rows are those of `a`, and what follows it. */
function callOf(step: Step): Call | undefined {
  const {name, attrs} = step;
  if (!isNamed(step) || !isProduct(attrs)) return undefined;
  const {a, b, bias} = step.inputs;
  const isFused = name === tf._FusedMatMul;
  if (!a || !b || (!isFused && name !== tf.BatchMatMul)) return undefined;
  // Another kernel broadcasts.
  if (!isFused && a.rank !== b.rank) return undefined;
  const low = isFused ? lowestOf(attrs.activation) : -Infinity;
  if (low === undefined || attrs.transposeA || attrs.transposeB) return undefined;
  return {a, b, bias, low};
}

const isProduct = (
  attrs: object | undefined,
): attrs is Pick<tf._FusedMatMulAttrs, 'transposeA' | 'transposeB' | 'activation'> =>
  attrs !== undefined && 'transposeA' in attrs && 'transposeB' in attrs;

/**
 * How a step that is a dense layer adds up its sums; `undefined` where it is something else, or computed in another
 * way.
 */
export function denseSums(step: Step, backend: object): DenseSums | undefined {
  const call = callOf(step);
  const [products, own] = [productsOn(backend), blockSumsOn(backend)];
  if (!call || !products || !own) return undefined;
  const {a, b, bias} = call;
  const matrices = [...a.shape.slice(0, -2), ...b.shape.slice(0, -2)];
  const [rows = 0, depth = 0] = a.shape.slice(-2);
  const units = b.shape.at(-1) ?? 0;
  const isOurs =
    matrices.every((size) => size === 1) &&
    [a, b, ...(bias ? [bias] : [])].every(({dtype}) => dtype === 'float32') &&
    (!bias || bias.size === units) &&
    b.size <= LARGEST_KEPT &&
    isKept(b) &&
    // The backend's own kernel runs on all of its threads.
    (products.heap.threads() === 1 || threadsOn.has(backend));
  if (!isOurs || a.size * b.size === 0) return undefined;
  return sumsOf(call, {products, own}, [rows, depth, units]);
}

function sumsOf(
  {a, b, bias, low}: Call,
  {
    products,
    own: {heap, run},
  }: {products: NonNullable<ReturnType<typeof productsOn>>; own: Instance<BlockSums>},
  [rows, depth, units]: readonly [number, number, number],
): DenseSums {
  const terms = run.terms();
  const count = Math.ceil(depth / terms);
  const shape = [...a.shape.slice(0, -1), units];
  return {
    ...{input: a, weights: bias ? [b, bias] : [b]},
    ...{terms, shape: [rows, count, 1, units]},
    sum: (sums, blocks) => {
      const whole = packed(products, b, depth, units);
      heap.withScratch(32, (work) => {
        for (const {from, to} of blocks) {
          run.blockSums(
            ...[rows, units, depth, heap.address(a), heap.address(whole)],
            ...[count, from, to, heap.address(sums), work],
          );
        }
      });
    },
    total: (sums) => {
      const output = heap.output(shape);
      const from = bias ? heap.address(bias) : 0;
      run.addBlocks(rows, units, count, heap.address(sums), from, low, heap.address(output));
      return output;
    },
  };
}
