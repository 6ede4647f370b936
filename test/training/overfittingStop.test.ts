import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import {identityOf} from '../../src/core/identity';
import {createRng} from '../../src/core/rng';
import {fastAt} from '../../src/methods/fastAt';
import {trainingAttack} from '../../src/methods/attackBatch';
import type {Averaging} from '../../src/training/averaging';
import {completeStop, type OverfittingStop} from '../../src/training/overfittingStop';
import {bitsOf, cornerDataset, denseNet, trainWith} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;

const dataset = cornerDataset([9, 5, 3]);
const mirror = (x: Vectors): Vectors => tf.sub<Vectors>(1, x);

// An attack that leaves the batch alone, and from its nth call on mirrors it: accuracy falls then.
function turning(at: number): Attack<Vectors> {
  let calls = 0;
  return (_model, x) => {
    calls++;
    return calls < at ? tf.clone(x) : mirror(x);
  };
}

async function run(options: object = {}) {
  const model = denseNet();
  const epochs: number[] = [];
  try {
    const result = await trainWith(
      model,
      fastAt<Vectors>({epsilon: 0.05, stepSize: 0.06}),
      dataset,
      {
        ...{epochs: 6, batchSize: 17, rng: createRng(3)},
        onEpoch: ({epoch}) => void epochs.push(epoch),
        ...options,
      },
    );
    return {result, epochs, bits: await bitsOf(model)};
  } finally {
    model.dispose();
  }
}

describe('a stop at overfitting', () => {
  it('undoes the epoch in which the accuracy fell, and says so', async () => {
    const stopped = await run({overfittingStop: {fall: 0.2, attack: turning(4)}});
    expect(stopped.epochs).toEqual([1, 2, 3]);
    expect(stopped.result.last.epoch).toBe(3);
    expect(stopped.result.notes).toEqual([
      expect.stringMatching(
        /^Training stopped: in epoch 4 the accuracy .* fell from \d+\.\d % to \d+\.\d %\. The model is that of epoch 3\.$/,
      ),
    ]);
    // It is the training that was never meant to go on.
    const short = await run({epochs: 3});
    expect(stopped.bits).toEqual(short.bits);
    expect(stopped.result.history).toEqual(short.result.history);
    expect(stopped.result.last).toEqual(short.result.last);
  });

  it.each([{ema: 0.5}, {swaFrom: 2}])(
    'also with averaged weights: %j',
    async (averaging: Averaging) => {
      const stopped = await run({averaging, overfittingStop: {attack: turning(4)}});
      const short = await run({averaging, epochs: 3});
      expect(stopped.bits).toEqual(short.bits);
    },
  );

  it('does nothing where the accuracy does not fall, or by no more than that', async () => {
    const plain = await run();
    for (const overfittingStop of [{}, {attack: turning(9)}, {fall: 1, attack: turning(3)}]) {
      const watched = await run({overfittingStop});
      expect(watched.result.notes).toEqual([]);
      expect(watched.bits).toEqual(plain.bits);
    }
  });

  it('goes on as if never stopped: the accuracy before is saved', async () => {
    const checkpoints = memoryCheckpoints();
    const cut = {
      checkpoints,
      onEpoch: ({epoch}: {epoch: number}) => {
        if (epoch === 3) throw new Error('power cut');
      },
    };
    // The attack is the same for both runs, and is asked in the fourth epoch by the second.
    const attack = turning(4);
    await expect(run({...cut, overfittingStop: {attack}})).rejects.toThrow('power cut');
    const {result, epochs} = await run({checkpoints, overfittingStop: {attack}});
    expect(epochs).toEqual([]);
    expect(result.notes[0]).toMatch(/^Training stopped: in epoch 4/);
    // Nothing of the undone epoch was saved.
    expect(await checkpoints.load('train')).toMatchObject({
      format: 'lt-robust run',
      state: {state: {epoch: 3}},
    });
  });

  it('leaks nothing, and leaves the model whole where the attack throws', async () => {
    await expectNoLeak(() => run({overfittingStop: {attack: turning(3)}}));
    const torn: Attack<Vectors> = () => {
      throw new Error('torn');
    };
    await expectNoLeak(() =>
      expect(run({overfittingStop: {attack: torn}})).rejects.toThrow('torn'),
    );
  });
});

describe('completeStop', () => {
  it('has the published attack and fall by default', async () => {
    const {fall, attack} = completeStop<Vectors>('here', {}) ?? {};
    expect(fall).toBe(0.2);
    expect(await identityOf(attack)).toEqual(
      await identityOf(trainingAttack<Vectors>({steps: 5, stepSize: 2 / 255})),
    );
    expect(completeStop('here', undefined)).toBeUndefined();
  });

  it.each([
    [{fall: 1.5}, /here: "overfittingStop.fall" must be a finite number >= 0 and <= 1, found 1.5/],
    [
      {share: 0.1},
      /here: "overfittingStop" must be \{fall, attack\}, both optional, found an object with share/,
    ],
    [true, /here: "overfittingStop" must be \{fall, attack\}/],
    [null, /here: "overfittingStop" must be \{fall, attack\}/],
    [{attack: 'pgd'}, /here: "overfittingStop" must be \{fall, attack\}/],
  ])('refuses %j', (stop, message) => {
    expect(() => completeStop('here', stop as OverfittingStop)).toThrow(message);
  });
});
