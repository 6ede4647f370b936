import type * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkBytes} from '../core/checks/checkGiven';
import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {gunzip} from './archives/gunzip';
import {parseTar} from './archives/tar';
import {cifarCount, cifarFiles, type CifarFile} from './cifar';
import {batchNumber, checkBatchNames, checkBatchSizes} from './cifarBatches';
import {cifarLabelSet} from './cifarClasses';

/** Options of {@link cifarArchive}. */
export interface CifarArchiveOptions {
  /**
   * Which labels of CIFAR-100 to take: the 100 `'fine'` ones or the 20 `'coarse'` ones.
   * @defaultValue 'fine'
   */
  readonly labelSet?: 'fine' | 'coarse' | undefined;
  /** Name of the archive, for error messages. @defaultValue 'CIFAR archive' */
  readonly source?: string | undefined;
  /**
   * Largest number of bytes that the archive may unpack to. The default is twice what the 60,000
   * images take.
   * @defaultValue 368880000
   */
  readonly maxBytes?: number | undefined;
}

/** Both parts of an archive. */
export interface CifarParts {
  /** The training images. */
  readonly train: DatasetInMemory<tf.Tensor4D>;
  /** The test images. */
  readonly test: DatasetInMemory<tf.Tensor4D>;
}

const DEFAULTS: Defaults<CifarArchiveOptions> = {
  labelSet: 'fine',
  source: 'CIFAR archive',
  maxBytes: 368880000,
};

/**
 * CIFAR-10 or CIFAR-100 from the archive of the official site in its binary version,
 * `cifar-10-binary.tar.gz` or `cifar-100-binary.tar.gz`. The names of its files tell which of the
 * two it is.
 *
 * @param bytes - The whole archive, `.tar.gz` or `.tar`.
 * @param options - See {@link CifarArchiveOptions}.
 * @returns Training and test images, the training batches in the order of their numbers.
 * @throws {@link DataFormatError} if the archive is broken, lacks a file, has one twice, one that is
 *   garbled or files of both sets, if the training batches of CIFAR-10 are not of one size, or if it
 *   unpacks to more than `maxBytes`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
 * @example
 * ```ts no-run the archive has 170 MB
 * import {cifarArchive} from 'lt-robust/data';
 *
 * const response = await fetch('cifar-10-binary.tar.gz');
 * const archive = new Uint8Array(await response.arrayBuffer());
 * const {train, test} = await cifarArchive(archive);
 * train.labels.length; // => 50000
 * ```
 */
export async function cifarArchive(
  bytes: Uint8Array,
  options: CifarArchiveOptions = {},
): Promise<CifarParts> {
  checkBytes('cifarArchive', 'bytes', bytes);
  const where = 'cifarArchive';
  const {labelSet, source, maxBytes} = withDefaults(where, DEFAULTS, options);
  checkNumber('cifarArchive', 'maxBytes', maxBytes, {min: 0, integer: true});
  cifarLabelSet(where, 100, labelSet);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const tar = isGzip ? await gunzip(bytes, source, {maxBytes}) : bytes;
  const files = parseTar(tar, source)
    .filter(({name}) => name.endsWith('.bin'))
    .map(({name, data}) => ({name, source: `${source}: ${name}`, bytes: data}));
  const {classes, train, test} = setOf(source, files);
  const chosen = cifarLabelSet(where, classes, labelSet);
  checkBatchSizes(
    train.map((file) => ({
      source: file.source,
      count: cifarCount(file.source, file.bytes.length, chosen),
      bytes: file.bytes.length,
    })),
  );
  return {train: cifarFiles(train, chosen), test: cifarFiles(test, chosen)};
}

interface NamedFile extends CifarFile {
  readonly name: string;
}

// The names tell which of the two sets it is; all of its files have to be there, and none of the other.
function setOf(source: string, files: readonly NamedFile[]) {
  const find = (pattern: RegExp): NamedFile[] => files.filter(({name}) => pattern.test(name));
  const ten = {
    classes: 10,
    train: find(/(^|\/)data_batch_\d+\.bin$/).sort(byNumber),
    test: find(/(^|\/)test_batch\.bin$/),
  } as const;
  const hundred = {
    classes: 100,
    train: find(/(^|\/)train\.bin$/),
    test: find(/(^|\/)test\.bin$/),
  } as const;
  const sets = [ten, hundred].filter(({train, test}) => train.length + test.length > 0);
  const [found] = sets;
  const isWhole = found === hundred ? found.train.length === 1 : ten.train.length > 0;
  if (found === undefined || sets.length > 1 || !isWhole || found.test.length !== 1) {
    throw new DataFormatError({
      source,
      offset: 0,
      expected:
        'an archive with either data_batch_1.bin, ... and test_batch.bin, or train.bin and ' +
        'test.bin, each once',
      found: files.length === 0 ? 'no .bin file' : files.map(({name}) => name).join(', '),
    });
  }
  checkBatchNames(
    source,
    found.train.map(({name}) => name),
  );
  return found;
}

const byNumber = (a: NamedFile, b: NamedFile): number =>
  (batchNumber(a.name) ?? 0) - (batchNumber(b.name) ?? 0);
