import * as tf from '@tensorflow/tfjs-core';

import {type OpCase, distinct, opCase, positive} from './opCase';

type Pair = [number, number];
type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

const shown = (pad: Pad) =>
  Array.isArray(pad) ? `explicit padding ${pad[1].join()}` : `padding ${pad}`;

const EXPLICIT: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [2, 0],
  [1, 1],
  [0, 0],
];

// Batch, height, width, channels; filter; stride; padding.
const WINDOWS: readonly (readonly [number[], Pair, Pair, Pad])[] = [
  [[1, 4, 4, 1], [1, 1], [1, 1], 'valid'],
  [[2, 5, 6, 2], [3, 3], [1, 1], 'same'],
  [[1, 5, 5, 3], [3, 3], [2, 2], 'same'],
  [[2, 6, 5, 1], [2, 3], [1, 2], 'valid'],
  [[2, 5, 5, 2], [1, 1], [2, 2], 'same'],
  [[1, 7, 6, 2], [5, 5], [1, 1], 2],
  [[3, 6, 6, 1], [3, 3], [3, 3], 1],
  [[1, 7, 6, 2], [3, 3], [3, 2], 'same'],
  [[1, 4, 5, 2], [3, 2], [1, 1], EXPLICIT],
  // Stock wasm gives zeros.
  [[1, 4, 6, 2], [3, 1], [2, 2], 'same'],
];

const named = ([shape, filter, stride, pad]: (typeof WINDOWS)[number]) =>
  `[${shape.join(', ')}], ${filter.join('x')}, stride ${stride.join('x')}, ${shown(pad)}`;

const conv2d = WINDOWS.flatMap((window) => {
  const [shape, filter, stride, pad] = window;
  const inputs = [shape, [...filter, shape[3] as number, 3]];
  return [
    opCase('conv2d', named(window), inputs, (x: tf.Tensor4D, w: tf.Tensor4D) =>
      tf.conv2d(x, w, stride, pad),
    ),
    opCase(
      'depthwiseConv2d',
      named(window),
      [shape, [...filter, shape[3] as number, 2]],
      (x: tf.Tensor4D, w: tf.Tensor4D) => tf.depthwiseConv2d(x, w, stride, pad),
    ),
  ];
});

// Of a size and with channels that wasm SIMD handles by Winograd's convolution, even and odd.
const winograd = (
  [
    [8, 8],
    [9, 10],
  ] as const
).map(([height, width]) =>
  opCase(
    'conv2d',
    `[2, ${height}, ${width}, 4], 3x3 to 4 channels, padding same`,
    [
      [2, height, width, 4],
      [3, 3, 4, 4],
    ],
    (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, 1, 'same'),
  ),
);

// Outputs far from every kink: those of the first channel in (0, 6), of the second below zero.
const SIGNS = [1, -1];
const small = (x: tf.Tensor4D): tf.Tensor4D => tf.mul(x, 0.1);

const fusedConv2d = (['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const).flatMap(
  (activation) => [
    opCase(
      'fused.conv2d',
      activation,
      [positive(2, 4, 5, 1), positive(3, 3, 1, 2), positive(2)],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) =>
        tf.fused.conv2d({
          ...{
            x: small(x),
            filter: tf.mul<tf.Tensor4D>(filter, SIGNS),
            bias: tf.mul<tf.Tensor1D>(bias, SIGNS),
          },
          ...{strides: 1, pad: 'same', activation, leakyreluAlpha: 0.3},
        }),
    ),
    opCase(
      'fused.depthwiseConv2d',
      activation,
      [positive(1, 5, 5, 1), positive(3, 3, 1, 2), positive(2)],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) =>
        tf.fused.depthwiseConv2d({
          ...{
            x: small(x),
            filter: tf.mul<tf.Tensor4D>(filter, SIGNS),
            bias: tf.mul<tf.Tensor1D>(bias, SIGNS),
          },
          ...{strides: 2, pad: 'same', activation, leakyreluAlpha: 0.3},
        }),
    ),
  ],
);

const WIDE: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [4, 3],
  [5, 4],
  [0, 0],
];

// Batch, height, width, channels; filter; dilation; padding.
const DILATED: readonly (readonly [number[], Pair, Pair, Pad])[] = [
  [[1, 6, 6, 1], [2, 2], [2, 2], 'valid'],
  [[2, 7, 6, 2], [3, 3], [2, 3], 'same'],
  [[1, 6, 9, 2], [3, 2], [1, 4], 'same'],
  // Padding beyond the window's reach: some outputs see no input.
  [[1, 4, 4, 2], [2, 2], [2, 2], WIDE],
  [[1, 5, 6, 2], [3, 2], [2, 2], EXPLICIT],
];

const dilated = DILATED.flatMap(([shape, filter, dilation, pad]) => {
  const variant = `${named([shape, filter, [1, 1], pad])}, dilation ${dilation.join('x')}`;
  return [
    opCase(
      'conv2d',
      variant,
      [shape, [...filter, shape[3] as number, 3]],
      (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, 1, pad, 'NHWC', dilation),
    ),
    opCase(
      'fused.conv2d',
      variant,
      [shape, [...filter, shape[3] as number, 2], [2]],
      (x: tf.Tensor4D, w: tf.Tensor4D, bias: tf.Tensor1D) =>
        tf.fused.conv2d({x, filter: w, bias, strides: 1, pad, dilations: dilation}),
    ),
    ...[1, 2].flatMap((multiplier) => [
      opCase(
        'depthwiseConv2d',
        `${variant}, ${multiplier} of each channel`,
        [shape, [...filter, shape[3] as number, multiplier]],
        (x: tf.Tensor4D, w: tf.Tensor4D) => tf.depthwiseConv2d(x, w, 1, pad, 'NHWC', dilation),
      ),
      opCase(
        'fused.depthwiseConv2d',
        `${variant}, ${multiplier} of each channel`,
        [shape, [...filter, shape[3] as number, multiplier]],
        (x: tf.Tensor4D, w: tf.Tensor4D) =>
          tf.fused.depthwiseConv2d({
            x,
            filter: w,
            strides: 1,
            pad: pad as 'same',
            dilations: dilation,
          }),
      ),
    ]),
  ];
});

const REFUSED = {refusedOn: ['wasm']};

/** Convolutions. */
export const CONVOLUTIONS: readonly OpCase[] = [
  ...conv2d,
  ...winograd,
  ...fusedConv2d,
  ...dilated,
  ...([1, 2] as const).map((stride) =>
    opCase(
      'separableConv2d',
      `stride ${stride}`,
      [
        [2, 5, 4, 2],
        [3, 3, 2, 2],
        [1, 1, 4, 3],
      ],
      (x: tf.Tensor4D, depthwise: tf.Tensor4D, pointwise: tf.Tensor4D) =>
        tf.separableConv2d(x, depthwise, pointwise, stride, 'same'),
    ),
  ),
  ...(
    [
      [1, 'same', [1, 4, 3, 3]],
      [2, 'same', [2, 8, 6, 3]],
      [2, 'valid', [1, 9, 7, 3]],
    ] as [number, 'same' | 'valid', [number, number, number, number]][]
  ).map(([stride, pad, shape]) =>
    opCase(
      'conv2dTranspose',
      `to [${shape.join(', ')}], 3x3, stride ${stride}, padding ${pad}`,
      [
        [shape[0], 4, 3, 2],
        [3, 3, 3, 2],
      ],
      (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2dTranspose(x, w, shape, stride, pad),
    ),
  ),
  ...(
    [
      [1, 'same'],
      [2, 'valid'],
    ] as const
  ).map(([stride, pad]) =>
    opCase(
      'conv1d',
      `stride ${stride}, padding ${pad}`,
      [
        [2, 7, 2],
        [3, 2, 3],
      ],
      (x: tf.Tensor3D, w: tf.Tensor3D) => tf.conv1d(x, w, stride, pad),
    ),
  ),
  ...(
    [
      [1, 'same'],
      [2, 'valid'],
    ] as const
  ).map(([stride, pad]) =>
    opCase(
      'conv3d',
      `stride ${stride}, padding ${pad}`,
      [
        [1, 3, 4, 3, 2],
        [2, 2, 2, 2, 2],
      ],
      (x: tf.Tensor5D, w: tf.Tensor5D) => tf.conv3d(x, w, stride, pad),
      REFUSED,
    ),
  ),
  opCase(
    'conv1d',
    'dilation 3',
    [
      [2, 9, 2],
      [3, 2, 3],
    ],
    (x: tf.Tensor3D, w: tf.Tensor3D) => tf.conv1d(x, w, 1, 'same', 'NWC', 3),
  ),
  opCase(
    'separableConv2d',
    'dilation 2',
    [
      [1, 6, 5, 2],
      [3, 3, 2, 2],
      [1, 1, 4, 3],
    ],
    (x: tf.Tensor4D, depthwise: tf.Tensor4D, pointwise: tf.Tensor4D) =>
      tf.separableConv2d(x, depthwise, pointwise, 1, 'same', 2),
  ),
  opCase(
    'dilation2d',
    '2x2',
    [distinct(1, 4, 4, 2), [2, 2, 2]],
    (x: tf.Tensor4D, w: tf.Tensor3D): tf.Tensor =>
      tf.dilation2d(tf.mul<tf.Tensor4D>(x, 5), tf.mul<tf.Tensor3D>(w, 0.05), 1, 'valid'),
    {...REFUSED, noGradientOn: ['webgl']},
  ),
];
