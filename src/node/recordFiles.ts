import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {checkNumber} from '../core/checks/checkNumber';
import type {Dataset} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {
  CIFAR_SHAPE,
  cifarCount,
  cifarLabel,
  cifarRecord,
  interleave,
  type CifarFile,
} from '../data/cifar';
import {cifarClassNames, type CifarLabelSet} from '../data/cifarClasses';
import {decodedDataset} from '../data/decodedDataset';
import {checkIdxLabels, checkLabelAxes, idxHeader, imageAxes, parseIdx} from '../data/idx';
import {withRegularFile} from './regularFile';

// Records read at a time when only the labels are wanted.
const CHUNK = 256;

/** CIFAR's binary files, left on disk: labels are read at once, images as batches ask for them. */
export async function cifarInFiles(
  where: string,
  paths: readonly string[],
  labelSet: CifarLabelSet,
): Promise<Dataset<tf.Tensor4D>> {
  const {bytes: record, image} = cifarRecord(labelSet);
  const labels: number[] = [];
  const places: {path: string; start: number}[] = [];
  for (const path of paths) {
    await withRegularFile(where, path, async ({size, read}) => {
      const count = cifarCount(path, size, labelSet);
      for (let first = 0; first < count; first += CHUNK) {
        const last = Math.min(count, first + CHUNK);
        const base = first * record;
        const bytes = await read(base, last * record);
        for (let i = first; i < last; i++) {
          labels.push(cifarLabel(path, bytes, i * record - base, labelSet, base));
          places.push({path, start: i * record});
        }
      }
    });
  }
  const classNames = cifarClassNames(labelSet);
  return decodedDataset({
    shape: CIFAR_SHAPE,
    labels: Int32Array.from(labels),
    numClasses: classNames.length,
    classNames,
    cacheBytes: 0,
    async load(index) {
      const {path, start} = at(places, index);
      const bytes = await withRegularFile(where, path, ({read}) => read(start, start + record));
      if (cifarLabel(path, bytes, 0, labelSet, start) !== labels[index]) {
        throw new DataFormatError({
          source: path,
          offset: start,
          expected: `the label ${labels[index]} that was there when the file was opened`,
          found: 'another',
        });
      }
      const pixels = new Uint8Array(record - image);
      interleave(bytes, image, pixels, 0);
      return pixels;
    },
  });
}

/** An IDX image file, left on disk, with its labels. */
export async function idxInFiles(
  where: string,
  path: string,
  labelFile: CifarFile,
  options: {readonly numClasses: number | undefined; readonly scale: number},
): Promise<Dataset<tf.Tensor4D>> {
  checkNumber(where, 'scale', options.scale, {above: 0});
  const {shape, start} = await withRegularFile(where, path, async ({size, read}) =>
    idxHeader(await read(0, Math.min(size, 1024)), size, path),
  );
  const [count, height, width, channels] = imageAxes(shape, path);
  const {shape: labelShape, data} = parseIdx(labelFile.bytes, labelFile.source);
  checkLabelAxes(labelShape, labelFile.source, count, path);
  checkIdxLabels(where, data, options.numClasses, labelFile.source);
  const labels = Int32Array.from(data);
  const numClasses = options.numClasses ?? labels.reduce((a, b) => Math.max(a, b), 0) + 1;
  checkLabelArray(where, labels, numClasses);
  const image = height * width * channels;
  checkNumber(where, 'values of an image', image, {min: 1}, `Look at the header of ${path}.`);
  return decodedDataset({
    shape: [height, width, channels],
    labels,
    numClasses,
    cacheBytes: 0,
    scale: options.scale,
    load: (index) =>
      withRegularFile(where, path, ({read}) =>
        read(start + index * image, start + (index + 1) * image),
      ),
  });
}
