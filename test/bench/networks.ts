import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

export const KINDS = ['pool', 'stride', 'batchNorm'] as const;

/** Initial weights of a layer, the same in each run. */
export const seededKernel = (seed: number) => ({
  kernelInitializer: layers.initializers.glorotUniform({seed}),
});

/** MNIST-sized convolutional network; `batchNorm` after convolutions without activation. */
export function smallNetwork(kind: (typeof KINDS)[number]): layers.Sequential {
  const l = layers.layers;
  const strides = kind === 'pool' ? 1 : 2;
  const conv = (filters: number, first: boolean) => [
    l.conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      strides,
      ...seededKernel(filters),
      ...(kind === 'batchNorm' ? {} : {activation: 'relu' as const}),
      ...(first ? {inputShape: [28, 28, 1]} : {}),
    }),
    ...(kind === 'pool' ? [l.maxPooling2d({poolSize: 2})] : []),
    ...(kind === 'batchNorm' ? [l.batchNormalization(), l.reLU()] : []),
  ];
  return layers.sequential({
    layers: [
      ...conv(16, true),
      ...conv(32, false),
      l.flatten(),
      l.dense({units: 128, activation: 'relu', ...seededKernel(1)}),
      l.dense({units: 10, ...seededKernel(2)}),
    ],
  });
}

/** As Wong, Rice & Kolter (2020) attack on MNIST: convolutions of 4x4 filters and stride 2. */
export function strided4(): layers.LayersModel {
  const l = layers.layers;
  const conv = {kernelSize: 4, strides: 2, padding: 'same', activation: 'relu'} as const;
  return layers.sequential({
    layers: [
      l.conv2d({...conv, filters: 16, inputShape: [28, 28, 1], ...seededKernel(16)}),
      l.conv2d({...conv, filters: 32, ...seededKernel(32)}),
      l.flatten(),
      l.dense({units: 100, activation: 'relu', ...seededKernel(1)}),
      l.dense({units: 10, ...seededKernel(2)}),
    ],
  });
}

/** ResNet-18 of CIFAR, with `width` channels in its first stage. */
export function resnet18(width: number): layers.LayersModel {
  const l = layers.layers;
  const input = layers.input({shape: [32, 32, 3]});
  const conv = (x: layers.SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    l
      .batchNormalization()
      .apply(
        l.conv2d({filters, kernelSize, strides, padding: 'same', useBias: false}).apply(x),
      ) as layers.SymbolicTensor;
  const relu = (x: layers.SymbolicTensor) => l.reLU().apply(x) as layers.SymbolicTensor;
  let x = relu(conv(input, width, 3, 1));
  for (const [stage, filters] of [width, 2 * width, 4 * width, 8 * width].entries()) {
    for (const block of [0, 1]) {
      const strides = stage > 0 && block === 0 ? 2 : 1;
      const branch = conv(relu(conv(x, filters, 3, strides)), filters, 3, 1);
      const skip = strides === 1 ? x : conv(x, filters, 1, strides);
      x = relu(l.add().apply([branch, skip]) as layers.SymbolicTensor);
    }
  }
  const pooled = l.globalAveragePooling2d({}).apply(x);
  const outputs = l.dense({units: 10}).apply(pooled) as layers.SymbolicTensor;
  return layers.model({inputs: input, outputs});
}

/** Multiplications and additions of convolutions and dense layers in a forward pass of one image. */
export function operationsOf(model: layers.LayersModel): number {
  return model.layers.reduce((sum, layer) => {
    const kernel = layer.getWeights()[0];
    if (kernel === undefined || !['Conv2D', 'Dense'].includes(layer.getClassName())) return sum;
    const positions = (layer.outputShape as number[]).slice(1, -1).reduce((a, b) => a * b, 1);
    return sum + 2 * positions * kernel.size;
  }, 0);
}

/** Stock tfjs, with convolution filter gradients that cost nothing where it has none. */
export function stubbed<T>(body: () => T): T {
  const backendName = tf.getBackend();
  const shipped = tf.getKernel(tf.Conv2DBackpropFilter, backendName) as tf.KernelConfig | undefined;
  if (shipped) return body();
  const kernelName = tf.Conv2DBackpropFilter;
  tf.registerKernel({kernelName, backendName, kernelFunc: () => tf.scalar(0)});
  try {
    return body();
  } finally {
    tf.unregisterKernel(kernelName, backendName);
  }
}
