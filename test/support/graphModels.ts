import {loadGraphModelSync} from '@tensorflow/tfjs-converter';
import type {io} from '@tensorflow/tfjs-core';

interface DenseGraph {
  /** `[inputs, classes]`, row by row. */
  readonly kernel: readonly (readonly number[])[];
  /** Operations on the product, in order; the last is the output. */
  readonly endings: readonly (
    'Softmax' | 'Sigmoid' | 'Identity' | 'ArgMax' | 'Unique' | 'divided Exp'
  )[];
  /** Names of the output nodes. Default: the last one. */
  readonly outputs?: readonly string[];
}

const FLOAT = {type: 'DT_FLOAT'};

/** A softmax as converters write it out where they have no node for it: exp(x) / sum(exp(x)). */
const dividedExp = (before: string): object[] => [
  {name: 'exp', op: 'Exp', input: [before], attr: {T: FLOAT}},
  {name: 'sum', op: 'Sum', input: ['exp', 'axis'], attr: {T: FLOAT, keep_dims: {b: true}}},
  {name: 'divided exp', op: 'RealDiv', input: ['exp', 'sum'], attr: {T: FLOAT}},
];

/**
 * What a file holds of a `tf.GraphModel` of one dense layer, as TensorFlow saves it: placeholder `x`,
 * product `logits`, then the endings, each named after itself.
 */
export function denseArtifacts({kernel, endings, outputs}: DenseGraph): io.ModelArtifacts {
  const shape = [kernel.length, kernel[0]?.length ?? 0];
  const dim = (sizes: readonly number[]) => sizes.map((size) => ({size: String(size)}));
  const names = endings.map((op) => op.toLowerCase());
  const constant = (name: string, dtype: string, sizes: readonly number[]) => ({
    ...{name, op: 'Const'},
    attr: {dtype: {type: dtype}, value: {tensor: {dtype, tensorShape: {dim: dim(sizes)}}}},
  });
  const node = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: {dtype: FLOAT, shape: {shape: {dim: dim([-1, shape[0] ?? 0])}}},
    },
    constant('kernel', 'DT_FLOAT', shape),
    constant('axis', 'DT_INT32', []),
    {
      name: 'logits',
      op: 'MatMul',
      input: ['x', 'kernel'],
      attr: {T: FLOAT, transpose_a: {b: false}, transpose_b: {b: false}},
    },
    ...endings.flatMap((op, i): object[] => {
      const before = (i === 0 ? 'logits' : names[i - 1]) ?? '';
      if (op === 'divided Exp') return dividedExp(before);
      const input = op === 'ArgMax' ? [before, 'axis'] : [before];
      return [{name: names[i], op, input, attr: {T: FLOAT}}];
    }),
  ];
  const last = names.at(-1) ?? 'logits';
  const info = (name: string) => ({[name]: {name: `${name}:0`, dtype: 'DT_FLOAT'}});
  const data = new Uint8Array(4 * kernel.flat().length + 4);
  data.set(new Uint8Array(Float32Array.from(kernel.flat()).buffer));
  data.set(new Uint8Array(Int32Array.of(1).buffer), data.length - 4);
  return {
    modelTopology: {node, library: {}, versions: {producer: 1}},
    format: 'graph-model',
    weightSpecs: [
      {name: 'kernel', shape, dtype: 'float32'},
      {name: 'axis', shape: [], dtype: 'int32'},
    ],
    weightData: data.buffer,
    signature: {
      inputs: info('x'),
      outputs: Object.assign({}, ...(outputs ?? [last]).map(info)) as object,
    },
  };
}

/** A real `tf.GraphModel` of one dense layer. */
export const denseGraph = (graph: DenseGraph) => loadGraphModelSync(denseArtifacts(graph));
