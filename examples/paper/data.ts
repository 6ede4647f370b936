import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {
  balancedSplit,
  classCounts,
  longTailedSubset,
  shuffledBatches,
  createRng,
  subset,
  tailClasses,
  type Dataset,
} from 'lt-robust';
import {readDataset, readTinyImageNet} from 'lt-robust/node';
import type {PresetDataset} from 'lt-robust/presets';

import type {PaperSettings} from './settings';

const EMBEDDED = fileURLToPath(new URL('../data/fashion-mnist/', import.meta.url));

/** The images of a row. */
export interface RowData {
  /** Long-tailed. */
  readonly train: Dataset;
  /** Chooses the best epoch: the test set itself where no images are held out for it. */
  readonly validation: Dataset;
  /** Balanced. */
  readonly test: Dataset;
  readonly classCounts: readonly number[];
  readonly classNames: readonly string[];
  /** The rarest classes, as many as the paper has, or the same share of the classes. */
  readonly tail: readonly number[];
}

/** Reads the images that a preset is trained on and measured with. */
export async function readRowData(
  wanted: PresetDataset,
  settings: Pick<PaperSettings, 'data' | 'maxCount' | 'testPerClass' | 'validationPerClass'>,
): Promise<RowData> {
  const {train: pool, test: tests} = await partsOf(settings.data);
  const {numClasses} = pool;
  const train = subset(pool, trainingIndices(pool, wanted, settings.maxCount));
  const counts = classCounts(train.labels, numClasses);
  const names = pool.classNames ?? Array.from(counts, (_, c) => String(c));
  const share = Math.max(1, Math.round((wanted.tail * numClasses) / wanted.numClasses));
  return {
    train,
    ...testParts(tests, settings),
    ...{classCounts: counts, classNames: names, tail: tailClasses(counts, share)},
  };
}

async function partsOf(data: string | null): Promise<{train: Dataset; test: Dataset}> {
  if (data !== null && (await isThere(join(data, 'wnids.txt')))) return readTinyImageNet(data);
  const {train, test} = await readDataset(data ?? EMBEDDED);
  if (train === undefined || test === undefined) {
    throw new Error(`${data ?? EMBEDDED} has no ${train === undefined ? 'training' : 'test'} part`);
  }
  return {train, test};
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The images that the papers' code keeps of a balanced set, NumPy's generator included. Of data that
 * is long-tailed already, all, or the same share of each class.
 */
function trainingIndices(
  pool: Dataset,
  {imbalanceRatio}: PresetDataset,
  maxCount: number | null,
): Int32Array {
  const {labels, numClasses} = pool;
  const counts = classCounts(labels, numClasses);
  const ratio = Math.max(...counts) / Math.min(...counts);
  if (ratio === 1) {
    // A subset so small that the rarest classes would be empty keeps one of each.
    const most = maxCount === null ? {} : {maxCount, minPerClass: 1};
    return longTailedSubset(labels, numClasses, {
      ...{imbalanceRatio, ...most, selection: 'numpy-legacy', seed: 0},
    });
  }
  if (Math.abs(ratio / imbalanceRatio - 1) > 0.05) {
    throw new Error(
      `the row asks for an imbalance ratio of ${imbalanceRatio}, and the data is long-tailed ` +
        `already, with ${ratio.toFixed(1)}: pass balanced data, or choose rows of that ratio`,
    );
  }
  return shareOfEach(labels, counts, maxCount);
}

function shareOfEach(
  labels: Int32Array,
  counts: readonly number[],
  maxCount: number | null,
): Int32Array {
  const most = Math.max(...counts);
  if (maxCount === null || maxCount >= most) return labels.map((_, i) => i);
  const rng = createRng(0);
  const parts = counts.map((count, c) => {
    const own = Array.from(labels.keys()).filter((i) => labels[i] === c);
    const [order = []] = shuffledBatches(count, count, {rng: rng.fork(c)});
    const kept = Math.max(1, Math.trunc((maxCount * count) / most));
    return Array.from(order, (i) => own[i] as number).slice(0, kept);
  });
  return Int32Array.from(parts.flat());
}

function testParts(
  tests: Dataset,
  {testPerClass, validationPerClass}: Pick<PaperSettings, 'testPerClass' | 'validationPerClass'>,
): Pick<RowData, 'validation' | 'test'> {
  const {labels, numClasses} = tests;
  const take = (perClass: number, from?: Int32Array) =>
    balancedSplit(labels, numClasses, {perClass, from});
  if (validationPerClass === 0) {
    const test = testPerClass === null ? tests : subset(tests, take(testPerClass).held);
    return {validation: test, test};
  }
  // The first ones, so that the test set begins behind them.
  const {held, rest} = take(validationPerClass);
  const test = testPerClass === null ? rest : take(testPerClass, rest).held;
  return {validation: subset(tests, held), test: subset(tests, test)};
}
