import {gzipSync} from 'node:zlib';

import type * as tf from '@tensorflow/tfjs-core';

import * as data from '../../../src/data/index';
import golden from '../../golden/image-files.json';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {callback, choice, only, optional, real, required, text, whole, wholes} from '../kinds';

const bytesOf = (words: string) => Uint8Array.from(Buffer.from(words, 'base64'));
const cifar10 = Uint8Array.from({length: 2 * 3073}, (_, i) => (i % 3073 === 0 ? 3 : i % 251));
// One file of a tar archive, as the format has it: 512 bytes of a header, and its bytes in blocks.
function tarOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
const archive = tarOf(
  Object.fromEntries(
    [
      'data_batch_1',
      'data_batch_2',
      'data_batch_3',
      'data_batch_4',
      'data_batch_5',
      'test_batch',
    ].map((name) => [`cifar-10-batches-bin/${name}.bin`, cifar10]),
  ),
);
const idx = (type: number[], values: number[]) => Uint8Array.of(...type, ...values);
const images = idx([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1], [10, 20]);
const truth = idx([0, 0, 8, 1, 0, 0, 0, 2], [0, 1]);

const labelSet = choice('fine', 'coarse');
const source = text('file');
const dataFormat = optional(choice('channelsLast', 'channelsFirst'));
const numClasses = whole(3, 2, Infinity, Infinity);
const bytes = (valid: Uint8Array) => only(() => valid);
const maxBytes = whole(1e6, 0, Infinity, Infinity);
const augmentation = callback((x: tf.Tensor) => x);

/** Data. */
export const DATA: readonly Call[] = [
  call(
    'arrayDataset',
    data.arrayDataset,
    {
      pixels: only(
        () => Uint8Array.of(1, 2),
        (v) => v instanceof Float32Array,
      ),
      labels: wholes([0, 1], 0, Infinity, (n) => n === 2),
    },
    {
      shape: required(only(() => [1, 1, 1])),
      numClasses: whole(2, 2, 2 ** 24, Infinity),
      scale: real(255, {min: 2}),
      classNames: only(() => ['a', 'b'], (v) => String(v) === '1,2' && typeof (v as string[])[0] === 'string'), // prettier-ignore
    },
  ),
  call('cifarDataset', data.cifarDataset, {bytes: bytes(cifar10)}, {
    ...{classes: required(only(() => 10)), labelSet, source},
  }), // prettier-ignore
  call('cifarArchive', data.cifarArchive, {bytes: bytes(archive)}, {
    ...{labelSet, source, maxBytes: whole(1e6, 0, Infinity, Infinity)},
  }), // prettier-ignore
  call('cifarNpz', data.cifarNpz, {bytes: bytes(bytesOf(golden.arrays.cifar10))}, {labelSet, source}), // prettier-ignore
  call('decodeImage', data.decodeImage, {
    bytes: bytes(bytesOf(golden.images.png.file)),
    source: optional(source),
  }), // prettier-ignore
  call('gunzip', data.gunzip, {
    bytes: bytes(gzipSync(Uint8Array.of(1, 2, 3))),
    source: optional(source),
  }, {maxBytes}), // prettier-ignore
  call('parseIdx', data.parseIdx, {bytes: bytes(truth), source: optional(source)}),
  call('idxDataset', data.idxDataset, {imageBytes: bytes(images), labelBytes: bytes(truth)}, {
    ...{numClasses: whole(2, 2, 2 ** 24, Infinity), scale: real(255, {min: 255})},
    ...{imageSource: source, labelSource: source},
  }), // prettier-ignore
  call(
    'imageDataset',
    data.imageDataset,
    {
      files: only(() => [
        {
          name: 'a.png',
          label: 0,
          read: () =>
            Promise.resolve(Uint8Array.from(Buffer.from(golden.images.png.file, 'base64'))),
        },
      ]),
    },
    {
      classNames: required(
        only(
          () => ['a', 'b', 'c'],
          (v) => String(v) === '1,2' && typeof (v as unknown[])[0] === 'string',
        ),
      ),
      channels: only(() => 3, (v) => v === 1 || v === 3), // prettier-ignore
      cacheBytes: real(1e6, {min: 0}),
      decode: callback(() => Promise.resolve({width: 1, height: 1, channels: 3, data: new Uint8Array(3)})), // prettier-ignore
    },
  ),
  call('augmentInTurn', data.augmentInTurn, {first: augmentation, second: augmentation}),
  call('autoAugment', data.autoAugment, {}, {dataFormat}),
  call('cropAndFlip', data.cropAndFlip, {}, {
    ...{padding: whole(4, 0, Infinity, Infinity), flip: real(0.5, {min: 0, max: 1}), dataFormat},
  }), // prettier-ignore
  call(
    'cutMix',
    data.cutMix,
    {},
    {numClasses: required(numClasses), alpha: f.positive, dataFormat},
  ),
  call('cutout', data.cutout, {}, {size: whole(2, 1, Infinity, Infinity), dataFormat}),
  call('mixUp', data.mixUp, {}, {numClasses: required(numClasses), alpha: f.positive}),
  call('randAugment', data.randAugment, {}, {
    ...{operations: whole(2, 0, Infinity, Infinity), magnitude: whole(8, 0, 30, Infinity)},
    ...{bins: whole(31, 9, Infinity, Infinity), dataFormat},
  }), // prettier-ignore
  call('mixedLoss', data.mixedLoss, {
    loss: f.loss,
    batch: only(() => ({x: f.X(), first: f.LABELS(), second: f.OTHERS(), weight: 0.5})),
  }),
  call(
    'asDataset',
    data.asDataset,
    {source: only(() => ({x: f.X(), labels: f.LABELS()}))},
    {
      numClasses: whole(3, 3, 2 ** 24, Infinity),
      classNames: optional(f.classNames),
      maxBytes: real(1e6, {above: 0}),
    },
  ),
];
