import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {openEvaluation, type EvaluationOptions} from '../../src/cli/openEvaluation';
import {createRng} from '../../src/core/rng';
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

  it('names attacks at one epsilon by their name alone', async () => {
    const {attacks, dispose} = await openEvaluation(model, images, {
      ...options,
      epsilon: [8 / 255],
    });
    expect(attacks.map(({title, norm}) => [title, norm])).toEqual([
      ['pgd', 'linf'],
      ['fgsm', 'linf'],
    ]);
    dispose();
    const two = await openEvaluation(model, images, {...options, norm: 'l2'});
    expect(two.attacks.map(({title, norm}) => [title, norm])).toEqual([
      ...[
        ['pgd 0.05', 'l2'],
        ['pgd 0.1', 'l2'],
        ['fgsm 0.05', 'l2'],
        ['fgsm 0.1', 'l2'],
      ],
    ]);
    two.dispose();
  });

  it('takes all examples in their order, unless fewer are asked for', async () => {
    const all = Array.from({length: 40}, (_, i) => i);
    for (const examples of [undefined, 40, 41]) {
      const {settings, dispose} = await openEvaluation(model, images, {...options, examples});
      expect([...settings.indices]).toEqual(all);
      dispose();
    }
    const {settings, dispose} = await openEvaluation(model, images, {...options, examples: 39});
    expect(new Set(settings.indices).size).toBe(39);
    dispose();
  });

  it('has the settings of an evaluation: batches, answers, the rarest classes', async () => {
    const more = {tail: 1, classCounts: [3, 9], classNames: 'a,b'};
    const open = await openEvaluation(model, images, {...options, ...more});
    expect(open.settings).toMatchObject({batchSize: 7, predictions: true, tail: [0]});
    expect([open.classNames, open.classCounts]).toEqual([
      ['a', 'b'],
      [3, 9],
    ]);
    expect(open.settings.rng?.seed()).toBe(createRng(1).seed());
    open.dispose();
    const plain = await openEvaluation(model, images, options);
    expect(plain.settings.tail).toBeUndefined();
    plain.dispose();
  });

  it('lists the attacks where one is not there', async () => {
    await expect(
      openEvaluation(model, images, {...options, attack: ['constructor']}),
    ).rejects.toThrow(
      'There is no attack "constructor". There are: pgd, fgsm, pgd-restarts, square, autoattack-fast, autoattack.',
    );
    await expect(openEvaluation(model, images, {...options, tail: 1})).rejects.toThrow(
      '--tail counts the rarest classes in training: give --class-counts.',
    );
  });
});
