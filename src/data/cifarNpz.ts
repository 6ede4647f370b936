import type * as tf from '@tensorflow/tfjs-core';

import {checkBytes} from '../core/checks/checkGiven';
import {at} from '../core/at';
import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {NPY_HEAD_BYTES, npyHeader, parseNpy, type NpyArray, type NpyHeader} from './archives/npy';
import {parseZip, type ZipEntry} from './archives/zip';
import {CIFAR_MAX_BYTES, cifarFiles, cifarRecord, type CifarFile} from './cifar';
import {cifarClassNames, cifarLabelSet, type CifarLabelSet} from './cifarClasses';

/** Options of {@link cifarNpz}. */
export interface CifarNpzOptions {
  /**
   * Which labels of CIFAR-100 to take: the 100 `'fine'` ones or the 20 `'coarse'` ones.
   * @defaultValue 'fine'
   */
  readonly labelSet?: 'fine' | 'coarse' | undefined;
  /** Name of the file, for error messages. @defaultValue 'CIFAR npz' */
  readonly source?: string | undefined;
}

const DEFAULTS: Defaults<CifarNpzOptions> = {labelSet: 'fine', source: 'CIFAR npz'};

const IMAGE = 3072;

/**
 * CIFAR-10 or CIFAR-100 from its Python version, each pickle of which was saved as NumPy arrays:
 *
 * ```python
 * batch = pickle.load(open('data_batch_1', 'rb'), encoding='bytes')
 * numpy.savez('data_batch_1.npz', data=batch[b'data'], labels=batch[b'labels'])
 * # CIFAR-100: fine_labels=batch[b'fine_labels'], coarse_labels=batch[b'coarse_labels']
 * ```
 *
 * (`savez_compressed` will do as well.) JavaScript cannot read pickles: they may run code.
 *
 * @param bytes - The whole `.npz` file.
 * @param options - See {@link CifarNpzOptions}.
 * @returns A dataset whose batches are `[batch, 32, 32, 3]` float32 in `[0, 1]`.
 * @throws {@link DataFormatError} if the file is broken, lacks an array, or an array has another
 *   shape or a label is out of range.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @example
 * ```ts no-run it needs a file
 * import {cifarNpz} from 'lt-robust/data';
 *
 * const response = await fetch('test_batch.npz');
 * const test = await cifarNpz(new Uint8Array(await response.arrayBuffer()));
 * test.labels.length; // => 10000
 * ```
 */
export async function cifarNpz(
  bytes: Uint8Array,
  options: CifarNpzOptions = {},
): Promise<DatasetInMemory<tf.Tensor4D>> {
  checkBytes('cifarNpz', 'bytes', bytes);
  const {labelSet, source} = withDefaults('cifarNpz', DEFAULTS, options);
  cifarLabelSet('cifarNpz', 100, labelSet);
  const records = await npzRecords(bytes, labelSet, source);
  return cifarFiles([records], records.labelSet);
}

/**
 * The content of a `.npz` file in CIFAR's binary form.
 *
 * @internal
 */
export async function npzRecords(
  bytes: Uint8Array,
  labelSet: 'fine' | 'coarse',
  source: string,
): Promise<CifarFile & {readonly labelSet: CifarLabelSet}> {
  const entries = parseZip(bytes, source, CIFAR_MAX_BYTES);
  const find = (name: string) => entries.find((entry) => entry.name === `${name}.npy`);
  const ten = find('labels');
  const chosen: CifarLabelSet = ten === undefined ? labelSet : 'cifar10';
  const name = chosen === 'cifar10' ? 'labels' : `${chosen}_labels`;
  const [dataFile, labelFile] = [find('data'), ten ?? find(name)];
  if (dataFile === undefined || labelFile === undefined) {
    throw new DataFormatError({
      source,
      offset: 0,
      expected: `arrays named data and labels (or ${name})`,
      found: entries.map((entry) => entry.name).join(', ') || 'no array',
    });
  }
  // Before they are unpacked: a small file can hold labels without end.
  checkShapes(source, await headerOf(source, dataFile), await headerOf(source, labelFile), name);
  const data = await arrayOf(source, dataFile);
  const labels = await arrayOf(source, labelFile);
  checkLabels(source, labels, name, cifarClassNames(chosen).length);
  const count = labels.data.length;
  const record = cifarRecord(chosen);
  const records = new Uint8Array(count * record.bytes);
  for (let i = 0; i < count; i++) {
    const start = i * record.bytes;
    records[start + record.label] = at(labels.data, i);
    records.set(data.data.subarray(i * IMAGE, (i + 1) * IMAGE), start + record.image);
  }
  return {source, bytes: records, labelSet: chosen};
}

const headerOf = async (source: string, entry: ZipEntry): Promise<NpyHeader> =>
  npyHeader(await entry.head(NPY_HEAD_BYTES), entry.size, `${source}: ${entry.name}`);

const arrayOf = async (source: string, entry: ZipEntry): Promise<NpyArray> =>
  parseNpy(await entry.unpack(), `${source}: ${entry.name}`);

function checkShapes(source: string, data: NpyHeader, labels: NpyHeader, name: string): void {
  const [count, width] = data.shape;
  const isBytes = data.descr === '|u1';
  if (!isBytes || data.shape.length !== 2 || width !== IMAGE || count === 0) {
    throw new DataFormatError({
      source: `${source}: data.npy`,
      offset: 0,
      expected: `bytes of shape (images, ${IMAGE})`,
      found: `${isBytes ? 'bytes' : 'integers'} of shape (${data.shape.join(', ')})`,
    });
  }
  if (labels.shape.length === 1 && labels.shape[0] === count) return;
  throw new DataFormatError({
    source: `${source}: ${name}.npy`,
    offset: 0,
    expected: `labels of shape (${count},), one for each image`,
    found: `shape (${labels.shape.join(', ')})`,
  });
}

function checkLabels(source: string, labels: NpyArray, name: string, numClasses: number): void {
  const {data, offsetOf} = labels;
  const wrong = data.findIndex((label: number) => label < 0 || label >= numClasses);
  if (wrong < 0) return;
  throw new DataFormatError({
    source: `${source}: ${name}.npy`,
    offset: offsetOf(wrong),
    expected: `a label from 0 to ${numClasses - 1}`,
    found: String(data[wrong]),
  });
}
