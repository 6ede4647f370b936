import {DataFormatError} from '../core/errors';

const BATCHES = [1, 2, 3, 4, 5];

/**
 * The number of a training batch of CIFAR-10.
 *
 * @param name - Name or path of any file.
 * @returns 3 for `data_batch_3.bin`, `undefined` for a file that is no training batch.
 */
export function batchNumber(name: string): number | undefined {
  const digits = /(?:^|[\\/])data_batch_(\d+)\.(?:bin|bin\.gz|npz)$/i.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Throws if some of CIFAR-10's training batches are there, but not all five, or one twice.
 *
 * @param source - Where the files are, for the message.
 * @param names - Names of all training files.
 * @throws {@link DataFormatError} if a batch is missing or there are more than the five.
 */
export function checkBatchNames(source: string, names: readonly string[]): void {
  const batches = names.filter((name) => batchNumber(name) !== undefined);
  const numbers = batches.map(batchNumber);
  const missing = BATCHES.filter((number) => !numbers.includes(number));
  if (batches.length === 0) return;
  if (batches.length === BATCHES.length && missing.length === 0) return;
  throw new DataFormatError({
    source,
    offset: 0,
    expected: 'the training batches data_batch_1 to data_batch_5, each once',
    found: [...batches, ...missing.map((number) => `no data_batch_${number}`)].join(', '),
  });
}

/** How many images a file has, and how many bytes. */
export interface CountedFile {
  /** Its name, for messages. */
  readonly source: string;
  readonly count: number;
  readonly bytes: number;
}

/**
 * Throws unless the training batches among these files have equally many images: one that has fewer
 * was cut.
 *
 * @throws {@link DataFormatError} that names the first one that is shorter than another.
 */
export function checkBatchSizes(files: readonly CountedFile[]): void {
  const batches = files.filter(({source}) => batchNumber(source) !== undefined);
  const most = Math.max(...batches.map(({count}) => count));
  const longest = batches.find(({count}) => count === most);
  const short = batches.find(({count}) => count < most);
  if (longest === undefined || short === undefined) return;
  throw new DataFormatError({
    source: short.source,
    offset: short.bytes,
    expected: `${most} images, as many as ${longest.source} has`,
    found: `the end of the file after ${short.count}`,
  });
}
