import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {openEvaluation, type EvaluationOptions} from '../../src/cli/openEvaluation';
import {writeProject} from '../support/cliProject';
import {temporaryFolder} from '../support/temporaryFolder';

const project = temporaryFolder();
let model: string;
let images: string;
beforeAll(async () => {
  ({model, images} = await writeProject(project.path));
});
afterAll(project.remove);

const options: EvaluationOptions = {
  ...{attack: ['pgd', 'fgsm'], norm: 'linf', epsilon: [0.05, 0.1], batchSize: 7, seed: 1},
  ...{part: 'test', inputRange: [0, 1]},
};

describe('openEvaluation', () => {
  it('names each attack at each epsilon, and chooses the examples by the seed', async () => {
    const evaluation = await openEvaluation(model, images, {...options, examples: 9});
    expect(Object.keys(evaluation.settings.attacks ?? {})).toEqual(
      evaluation.attacks.map(({title}) => title),
    );
    expect(evaluation.attacks.map(({name, epsilon}) => [name, epsilon])).toEqual([
      ...[['pgd', 0.05], ['pgd', 0.1], ['fgsm', 0.05], ['fgsm', 0.1]], // prettier-ignore
    ]);
    const {indices} = evaluation.settings;
    expect(indices).toHaveLength(9);
    expect([...indices]).toEqual([...new Set(indices)].sort((a, b) => a - b));
    const again = await openEvaluation(model, images, {...options, examples: 9});
    const other = await openEvaluation(model, images, {...options, examples: 9, seed: 2});
    expect(again.settings.indices).toEqual(indices);
    expect(other.settings.indices).not.toEqual(indices);
    for (const each of [evaluation, again, other]) each.dispose();
  });

  it.each([
    [{attack: ['pdg']}, 'There is no attack "pdg"'],
    [{tail: 1}, 'give --class-counts'],
  ])('refuses %j and keeps no weights', async (more, message) => {
    const before = tf.memory().numTensors;
    await expect(openEvaluation(model, images, {...options, ...more})).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});
