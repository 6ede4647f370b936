import * as tf from '@tensorflow/tfjs-core';

import {SGD_STEP} from '../../core/sgdStep';
import {batchMatMul} from '../composed/batchMatMul';
import {emptyMatMul} from '../composed/emptyMatMul';
import {conv2dBackpropInput} from '../composed/conv2dBackpropInput';
import {convFilterByConv} from '../composed/convFilterByConv';
import {depthwiseBackpropFilter, depthwiseBackpropInput} from '../composed/depthwiseBackprop';
import {type Gradient, type Kernel, runShipped} from '../composed/kernel';
import {maxPoolGrad} from '../composed/maxPoolGrad';
import {samePadding} from '../composed/samePadding';
import {mean, sum} from '../composed/sum';
import {simdAdd} from './add';
import {simdAvgPoolGrad} from './avgPool';
import {simdConv, simdConvFilter, simdConvInput, simdFusedConv} from './convolution';
import {simdDepthwiseFilter, simdDepthwiseInput} from './depthwise';
import {simdBatchNorm} from './fusedBatchNorm';
import {simdFusedMatMul, simdMatMul} from './matMul';
import {simdMaxPool, simdMaxPoolGrad} from './maxPool';
import {passPositive, RELU_GRADIENT, reluGradient, simdRelu} from './relu';
import {sgdStep} from './sgdStep';
import {heapSlice} from './slice';
import {simdSum} from './sum';

/** SIMD kernels of the wasm backend by name, composed ones behind them. */
export const SIMD_KERNELS: Readonly<Record<string, Kernel>> = {
  [tf.Add]: simdAdd((call, shipped) => runShipped(shipped, call)),
  [tf.AvgPoolGrad]: simdAvgPoolGrad,
  [tf.BatchMatMul]: emptyMatMul(simdMatMul(batchMatMul)),
  [tf.Conv2D]: simdConv(samePadding),
  [tf.Conv2DBackpropFilter]: simdConvFilter(convFilterByConv),
  [tf.Conv2DBackpropInput]: simdConvInput(conv2dBackpropInput),
  [tf.DepthwiseConv2dNativeBackpropFilter]: simdDepthwiseFilter(depthwiseBackpropFilter),
  [tf.DepthwiseConv2dNativeBackpropInput]: simdDepthwiseInput(depthwiseBackpropInput),
  [tf.FusedBatchNorm]: simdBatchNorm,
  [tf.FusedConv2D]: simdFusedConv(samePadding),
  [tf._FusedMatMul]: emptyMatMul(simdFusedMatMul((call, shipped) => runShipped(shipped, call))),
  [tf.MaxPool]: simdMaxPool((call, shipped) => runShipped(shipped, call)),
  [tf.MaxPoolGrad]: simdMaxPoolGrad(maxPoolGrad),
  [tf.Mean]: mean,
  [tf.Relu]: simdRelu,
  [tf.Slice]: heapSlice((call, shipped) => runShipped(shipped, call)),
  [tf.Sum]: simdSum(sum),
  [RELU_GRADIENT]: passPositive,
  [SGD_STEP]: sgdStep,
};

/** Gradients in SIMD; on another backend they are tfjs's. */
export const SIMD_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.Relu]: reluGradient,
};
