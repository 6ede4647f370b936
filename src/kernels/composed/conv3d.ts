import * as tf from '@tensorflow/tfjs-core';

import {backAlong} from './copyingGradients';
import {type Gradient, gradientOf, type Kernel} from './kernel';

const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);

/** A filter with as many zeros between its taps along the first three axes as the dilation asks for. */
function spread(filter: tf.Tensor, dilations: readonly number[]): tf.Tensor {
  return dilations.reduce((sum, step, axis) => {
    const taps = sum.shape[axis] as number;
    const sources = Array.from({length: taps}, (_, i) => [[i * step, 1]] as const);
    return step === 1 ? sum : backAlong(sum, axis, (taps - 1) * step + 1, sources);
  }, filter);
}

const triple = (value: number | readonly number[]): [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : (value as [number, number, number]);

/** Gradient of a 3-D convolution; of a dilated one, that of the filter spread by zeros. */
export const conv3dGradient: Gradient = gradientOf(
  ['x', 'filter'],
  (dy, [x, filter]: [tf.Tensor5D, tf.Tensor5D], {strides, pad, dilations}: tf.Conv3DAttrs) => {
    const steps = triple(dilations);
    const spreadShape = filter.shape.map((size, axis) => (size - 1) * (steps[axis] ?? 1) + 1);
    return {
      x: () =>
        run(
          tf.Conv3DBackpropInputV2,
          {dy, filter: spread(filter, steps)},
          {strides, pad, inputShape: x.shape},
        ),
      filter: () => {
        const filterShape = [...spreadShape.slice(0, 3), ...filter.shape.slice(3)];
        const gradient = run(tf.Conv3DBackpropFilterV2, {x, dy}, {strides, pad, filterShape});
        // On GPUs, slices with a stride are wrong or missing for five axes.
        return steps.reduce((taps, step, axis) => {
          const every = Array.from({length: filter.shape[axis] as number}, (_, i) => i * step);
          return step === 1 ? taps : tf.gather(taps, every, axis);
        }, gradient);
      },
    };
  },
);

/** Gradient of a transposed 3-D convolution, of which tfjs has none. */
export const conv3dTransposeGradient: Gradient = gradientOf(
  ['dy', 'filter'],
  (
    ddx,
    [dy, filter]: [tf.Tensor5D, tf.Tensor5D],
    {strides, pad}: tf.Conv3DBackpropInputV2Attrs,
  ) => ({
    dy: () => tf.conv3d(ddx as tf.Tensor5D, filter, strides, pad),
    filter: () =>
      run(tf.Conv3DBackpropFilterV2, {x: ddx, dy}, {strides, pad, filterShape: filter.shape}),
  }),
);

/** For each depth of a filter: the depths of the output whose windows it reaches, and where. */
function reached(info: tf.backend_util.Conv3DInfo): {outputs: number[]; inputs: number[]}[] {
  const {outDepth, inDepth, strideDepth, filterDepth, padInfo} = info;
  return Array.from({length: filterDepth}, (_, depth) => {
    const at = (output: number) => output * strideDepth - padInfo.front + depth;
    const outputs = Array.from({length: outDepth}, (_, output) => output).filter(
      (output) => at(output) >= 0 && at(output) < inDepth,
    );
    return {outputs, inputs: outputs.map(at)};
  });
}

/** Strides and padding of the same convolution in one plane. */
const inPlane = ({strideHeight, strideWidth, padInfo}: tf.backend_util.Conv3DInfo) => ({
  strides: [strideHeight, strideWidth],
  pad: [[0, 0], [padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right], [0, 0]], // prettier-ignore
  dataFormat: 'NHWC',
});

/** Some planes of volumes, as images. */
const planesOf = (volumes: tf.Tensor5D, depths: number[]): tf.Tensor =>
  tf.reshape(tf.gather(volumes, depths, 1), [-1, ...volumes.shape.slice(2)]);

/** Conv3DBackpropInputV2, which stock wasm gets wrong: for each depth of the filter in 2-D. */
export const conv3dBackpropInput: Kernel<
  tf.Conv3DBackpropInputV2Attrs,
  {dy: tf.Tensor5D; filter: tf.Tensor5D}
> = ({inputs, attrs}) =>
  tf.tidy(() => {
    const [dy, filter] = [inputs.dy, inputs.filter];
    const {strides, pad, inputShape} = attrs;
    const info = tf.backend_util.computeConv3DInfo(inputShape, filter.shape, strides, 1, pad);
    const {batchSize, inDepth} = info;
    const parts = reached(info).flatMap(({outputs, inputs: depths}, depth) => {
      if (outputs.length === 0) return [];
      const tap = tf.squeeze(tf.slice(filter, [depth, 0, 0, 0, 0], [1, -1, -1, -1, -1]), [0]);
      const flatShape = [batchSize * outputs.length, ...inputShape.slice(2)];
      const flat = {...inPlane(info), inputShape: flatShape};
      const dx = run(tf.Conv2DBackpropInput, {dy: planesOf(dy, outputs), filter: tap}, flat);
      const volume = tf.reshape(dx, [batchSize, outputs.length, -1]);
      const sources = depths.map((at) => [[at, 1]] as const);
      return [tf.reshape(backAlong(volume, 1, inDepth, sources), inputShape)];
    });
    return tf.addN(parts);
  });

/** Conv3DBackpropFilterV2 likewise. */
export const conv3dBackpropFilter: Kernel<
  tf.Conv3DBackpropFilterV2Attrs,
  {x: tf.Tensor5D; dy: tf.Tensor5D}
> = ({inputs, attrs}) =>
  tf.tidy(() => {
    const [x, dy] = [inputs.x, inputs.dy];
    const {strides, pad, filterShape} = attrs;
    const info = tf.backend_util.computeConv3DInfo(x.shape, filterShape, strides, 1, pad);
    const flat = {...inPlane(info), filterShape: filterShape.slice(1)};
    const taps = reached(info).map(({outputs, inputs: depths}) =>
      outputs.length === 0
        ? tf.zeros(flat.filterShape)
        : run(tf.Conv2DBackpropFilter, {x: planesOf(x, depths), dy: planesOf(dy, outputs)}, flat),
    );
    return tf.stack(taps);
  });
