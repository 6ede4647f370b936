import type {PresetNetwork} from 'lt-robust/presets';

import type {PaperReport} from './report';

const networkWords = ({name, width, depth}: PresetNetwork): string =>
  `${name}${depth === undefined ? '' : `, depth ${depth}`}, width ${width}`;

/** In what a report is not at the paper's scale; empty where it is. */
export function scaleSentences({experiment, settings, scale, runs}: PaperReport): string[] {
  const main = experiment.rows[0]?.preset.main;
  const {data, maxCount, testPerClass, validationPerClass, autoAttackImages} = settings;
  const {network, batchSize, attackSteps, learningRate} = scale;
  const lines: [isOther: boolean, sentence: string][] = [
    [data === null, 'Images of Fashion-MNIST, in place of the paper’s data.'],
    [data !== null, `Images from ${data}.`],
    [maxCount !== null, `${maxCount} training images of the largest class.`],
    [network !== undefined, network === undefined ? '' : `Network: ${networkWords(network)}.`],
    [scale.epochs !== undefined, `${scale.epochs} epochs in place of 100.`],
    [batchSize !== undefined, `Batches of ${batchSize}.`],
    [
      attackSteps !== undefined,
      `${attackSteps} attack steps in training, as far as the paper’s 10.`,
    ],
    [learningRate !== undefined, `Learning rate ${learningRate}.`],
    [testPerClass !== null, `${testPerClass} test images of each class.`],
    [
      validationPerClass > 0,
      `The best epoch is chosen on ${validationPerClass} other images of each class, not on the test set.`,
    ],
    [autoAttackImages === 0, 'AutoAttack was not run.'],
    [
      autoAttackImages !== null && autoAttackImages > 0,
      `AA: AutoAttack on ${autoAttackImages} of the test images.`,
    ],
  ];
  const [first] = runs;
  const images =
    first === undefined
      ? []
      : [
          `${sum(first.classCounts).toLocaleString('en-US')} training images ` +
            `(${shown(first.classCounts)}), ${first.testImages.toLocaleString('en-US')} test images, ` +
            `${first.parameters.toLocaleString('en-US')} parameters` +
            `${main === undefined ? '' : `, PGD-${main.attack?.steps ?? 0} in training`}.`,
        ];
  return [...lines.filter(([isOther]) => isOther).map(([, sentence]) => sentence), ...images];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const shown = (counts: readonly number[]): string =>
  counts.length <= 10 ? counts.join(', ') : `${counts[0]} to ${counts.at(-1)} of a class`;

/** Whether anything is smaller than in the paper. */
export const isReduced = ({settings, scale}: PaperReport): boolean =>
  settings.data === null ||
  settings.maxCount !== null ||
  Object.values(scale).some((value) => value !== undefined);
