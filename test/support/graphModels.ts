import {loadGraphModelSync} from '@tensorflow/tfjs-converter';
import type {io} from '@tensorflow/tfjs-core';

interface DenseGraph {
  /** `[inputs, classes]`, row by row. */
  readonly kernel: readonly (readonly number[])[];
  /** Operations on the product, in order; the last is the output. */
  readonly endings: readonly ('Softmax' | 'Sigmoid' | 'Identity')[];
  /** Names of the output nodes. Default: the last one. */
  readonly outputs?: readonly string[];
}

const FLOAT = {type: 'DT_FLOAT'};

/**
 * A real `tf.GraphModel` of one dense layer, as TensorFlow saves it: placeholder `x`, product
 * `logits`, then the endings, each named after itself.
 */
export function denseGraph({kernel, endings, outputs}: DenseGraph) {
  const shape = [kernel.length, kernel[0]?.length ?? 0];
  const dim = (sizes: readonly number[]) => sizes.map((size) => ({size: String(size)}));
  const names = endings.map((op) => op.toLowerCase());
  const node = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: {dtype: FLOAT, shape: {shape: {dim: dim([-1, shape[0] ?? 0])}}},
    },
    {
      name: 'kernel',
      op: 'Const',
      attr: {dtype: FLOAT, value: {tensor: {dtype: 'DT_FLOAT', tensorShape: {dim: dim(shape)}}}},
    },
    {
      name: 'logits',
      op: 'MatMul',
      input: ['x', 'kernel'],
      attr: {T: FLOAT, transpose_a: {b: false}, transpose_b: {b: false}},
    },
    ...endings.map((op, i) => ({
      name: names[i],
      op,
      input: [i === 0 ? 'logits' : names[i - 1]],
      attr: {T: FLOAT},
    })),
  ];
  const last = names.at(-1) ?? 'logits';
  const info = (name: string) => ({[name]: {name: `${name}:0`, dtype: 'DT_FLOAT'}});
  const artifacts: io.ModelArtifacts = {
    modelTopology: {node, library: {}, versions: {producer: 1}},
    format: 'graph-model',
    weightSpecs: [{name: 'kernel', shape, dtype: 'float32'}],
    weightData: Float32Array.from(kernel.flat()).buffer,
    signature: {
      inputs: info('x'),
      outputs: Object.assign({}, ...(outputs ?? [last]).map(info)) as object,
    },
  };
  return loadGraphModelSync(artifacts);
}
