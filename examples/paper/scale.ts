import {longTailedCounts} from 'lt-robust';
import type {Preset, PresetNetwork, PresetStage} from 'lt-robust/presets';

import {hasAutoAttack} from './paperNumbers';
import type {PaperReport} from './report';
import {distinct, span, sum} from './spans';
import {allExperiments} from './targets';

/** Images of the test sets of CIFAR-10, CIFAR-100 and Tiny-ImageNet. */
const TEST_IMAGES = 10_000;

/** Something that is not as in the paper. */
export interface Difference {
  readonly sentence: string;
  /** Whether it makes the experiment smaller, and not just another one. */
  readonly isLess: boolean;
}

/** A row's preset as it is run, as the paper has it, and its runs. */
interface Pair {
  readonly own: Preset;
  readonly paper: Preset;
  readonly runs: PaperReport['runs'];
}

/** In what a report is not as in the paper. */
export function differences(report: PaperReport): readonly Difference[] {
  const pairs = pairsOf(report);
  return [
    ...ofTraining(report, pairs),
    ...ofImages(report, pairs),
    ...ofTestImages(report),
    ...ofAutoAttack(report),
    ...ofRuns(report),
  ];
}

function pairsOf({experiment, runs}: PaperReport): readonly Pair[] {
  const papers = new Map(
    allExperiments().flatMap(({rows}) => rows.map(({preset}) => [preset.id, preset] as const)),
  );
  return experiment.rows.map(({preset: own}) => ({
    ...{own, paper: papers.get(own.id) ?? own},
    runs: runs.filter(({id}) => id === own.id),
  }));
}

const networkWords = ({name, width, depth}: PresetNetwork): string =>
  `${name}${depth === undefined ? '' : `, depth ${depth}`}, width ${width}`;

// What flags have changed of a row at least; one that says what the paper does changes nothing.
function ofTraining({scale}: PaperReport, pairs: readonly Pair[]): readonly Difference[] {
  const {epochs, batchSize, network, attackSteps, learningRate} = scale;
  const changed = <T extends string | number>(
    read: (main: PresetStage) => T | undefined,
    say: (papers: string, all: readonly T[]) => Difference,
  ): readonly Difference[] => {
    if (pairs.every(({own, paper}) => read(own.main) === read(paper.main))) return [];
    const all = distinct(pairs.flatMap(({paper}) => read(paper.main) ?? []));
    return [say(all.join(' or '), all)];
  };
  const lines = [
    network !== undefined &&
      changed(
        (main) => networkWords(main.network),
        (papers) => ({
          sentence: `Network: ${networkWords(network)}, in place of ${papers}.`,
          isLess: true,
        }),
      ),
    epochs !== undefined &&
      changed(
        (main) => main.epochs,
        () => ({
          sentence: `${epochs} epochs in place of 100; the rest in proportion.`,
          isLess: epochs < 100,
        }),
      ),
    batchSize !== undefined &&
      changed(
        (main) => main.batchSize,
        (papers) => ({
          sentence: `Batches of ${batchSize} in place of ${papers}; those of teachers in proportion.`,
          isLess: false,
        }),
      ),
    attackSteps !== undefined &&
      changed(
        (main) => main.attack?.steps,
        (papers, all) => ({
          sentence: `${attackSteps} attack steps in training in place of ${papers}; they reach as far.`,
          isLess: all.some((steps) => attackSteps < steps),
        }),
      ),
    learningRate !== undefined &&
      changed(
        (main) => main.learningRate,
        (papers) => ({
          sentence: `Learning rate ${learningRate} in place of ${papers}.`,
          isLess: false,
        }),
      ),
  ];
  return lines.flatMap((line) => (line === false ? [] : line));
}

// Two numbers of each run: its own, and the paper's.
function compare(words: string, pairs: readonly (readonly [number, number])[]): Difference[] {
  if (pairs.every(([own, paper]) => own === paper)) return [];
  const [own, papers] = [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])];
  return [
    {
      sentence: `${span(own)} ${words} in place of ${span(papers)}.`,
      isLess: pairs.some(([value, paper]) => value < paper),
    },
  ];
}

// By the runs where there are any: flags do not know what the data hold.
function ofImages({settings, runs}: PaperReport, pairs: readonly Pair[]): readonly Difference[] {
  const {data, maxCount} = settings;
  const sets = pairs.flatMap(({paper: {dataset}, runs: own}) => {
    const {maxCount: most, numClasses, imbalanceRatio} = dataset;
    const papers = longTailedCounts({maxCount: most, numClasses, imbalanceRatio});
    return own.map(({classCounts}) => ({own: classCounts, papers}));
  });
  const of = (read: (counts: readonly number[]) => number) =>
    sets.map(({own, papers}) => [read(own), read(papers)] as const);
  const asked = pairs.map(({paper: {dataset}}) => {
    const most = dataset.maxCount;
    return [Math.min(most, maxCount ?? most), most] as const;
  });
  const largest = compare(
    'training images of the largest class',
    runs.length === 0 ? asked : of((counts) => Math.max(...counts)),
  );
  return [
    ...(data === null
      ? [{sentence: 'Images of Fashion-MNIST, in place of the paper’s data.', isLess: true}]
      : []),
    ...compare(
      'classes',
      of((counts) => counts.length),
    ),
    ...(largest.length > 0 ? largest : compare('training images', of(sum))),
  ];
}

function ofTestImages({settings, runs}: PaperReport): readonly Difference[] {
  const {testPerClass, validationPerClass: held} = settings;
  const tests = compare(
    'test images',
    runs.map(({testImages}) => [testImages, TEST_IMAGES] as const),
  );
  const chosen = `The best epoch is chosen on ${held} other images of each class, not on the test set.`;
  const asked = `${testPerClass ?? 0} test images of each class.`;
  const lines: readonly [isThere: boolean, difference: Difference][] = [
    [runs.length === 0 && testPerClass !== null, {sentence: asked, isLess: true}],
    [held > 0, {sentence: chosen, isLess: false}],
  ];
  const found = lines.flatMap(([isThere, difference]) => (isThere ? [difference] : []));
  return [...tests, ...found];
}

/** How many images AutoAttack is run on: null for all, 0 for none. */
export function attackedImages({
  settings: {autoAttackImages: asked},
  runs,
}: PaperReport): number | null {
  const all = runs[0]?.testImages ?? TEST_IMAGES;
  return asked === null || asked >= all ? null : asked;
}

function ofAutoAttack(report: PaperReport): readonly Difference[] {
  const images = attackedImages(report);
  if (images === null || !hasAutoAttack(report.experiment.name)) return [];
  const some = `AutoAttack was run on ${images.toLocaleString('en-US')} of the test images, not on all.`;
  return [{sentence: images === 0 ? 'AutoAttack was not run.' : some, isLess: true}];
}

// Tables of several runs say how far chance moves them.
function ofRuns({experiment, runs}: PaperReport): readonly Difference[] {
  if (experiment.seeds === 1) return [];
  const counts = experiment.rows.map(({preset}) => runs.filter(({id}) => id === preset.id).length);
  if (Math.min(...counts) >= experiment.seeds) return [];
  const words = Math.max(...counts) === 1 ? 'run' : 'runs';
  return [{sentence: `${span(counts)} ${words} in place of ${experiment.seeds}.`, isLess: true}];
}
