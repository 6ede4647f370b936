import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {prepareAscent, steepest} from '../../../src/attacks/search/ascent';
import {ASCENT_DEFAULTS} from '../../../src/attacks/search/ascentOptions';
import {createRng} from '../../../src/core/rng';
import {gaussianStart, randomStart} from '../../../src/math/ball';
import {linearFour, linearTwo} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const X = [0.5, 0.4, 0.6];

describe('prepareAscent', () => {
  const settings = {
    ...{...ASCENT_DEFAULTS, epsilon: 0.1, clip: [0, 1] as const, features: undefined},
    ...{stepSize: 0.03, steps: 2, startDeviation: undefined},
  };

  it('takes steps of the length along the sign of the gradient, and shows what they come from', async () => {
    await expectNoLeak(() => {
      const [x, labels] = [tf.tensor2d([X]), int([0])];
      const ascent = prepareAscent('here', linearFour, x, labels, settings, steepest());
      tf.tidy(() => {
        const frame = ascent.frame();
        const seen: tf.Tensor[] = [];
        const next = ascent.advance(ascent.start(frame), frame, (...shown) => {
          seen.push(...shown);
        });
        const [logits, gradient] = seen as [tf.Tensor, tf.Tensor];
        expectClose(logits, numbers(linearFour(x)), 1e-6);
        const signs = numbers(tf.sign(gradient));
        expect(new Set(signs.map(Math.abs))).toEqual(new Set([1]));
        expectClose(
          next,
          X.map((value, i) => value + 0.03 * (signs[i] as number)),
          1e-6,
        );
      });
      ascent.dispose();
      tf.dispose([x, labels]);
    });
  });

  it('has the direction dispose what it keeps', () => {
    let disposed = 0;
    const direction = {...steepest<tf.Tensor2D>(), dispose: () => (disposed += 1)};
    tf.tidy(() => {
      const ascent = prepareAscent(
        ...(['here', linearTwo, tf.tensor2d([X]), int([0]), settings, direction] as const),
      );
      ascent.dispose();
    });
    expect(disposed).toBe(1);
  });
});

describe('where it starts', () => {
  // With a step of next to nothing, the result is the start.
  const still = {steps: 1, stepSize: 1e-9, epsilon: 0.1} as const;
  const from = (options: Parameters<typeof pgdAttack>[3]) =>
    numbers(pgdAttack(linearTwo, tf.tensor2d([X, X]), int([0, 0]), {...still, ...options}));
  const expectStart = (
    options: Parameters<typeof pgdAttack>[3],
    start: (x: tf.Tensor2D) => tf.Tensor,
  ) => {
    tf.tidy(() => {
      expectClose(from(options), numbers(start(tf.tensor2d([X, X]))), 1e-6);
    });
  };

  it('is x without a generator, a random point of the ball with one', () => {
    const threat = {norm: 'linf', epsilon: 0.1, clip: [0, 1]} as const;
    expectStart({}, (x) => x);
    expectStart({rng: createRng(4)}, (x) => randomStart(x, threat, createRng(4)));
    const exampleIds = [8, 3];
    const l2 = {...threat, norm: 'l2'} as const;
    expectStart({rng: createRng(4), exampleIds, norm: 'l2'}, (x) =>
      randomStart(x, l2, createRng(4), exampleIds),
    );
  });

  it('is x plus noise of a deviation, or a start of its own', () => {
    const startDeviation = 0.01;
    expectStart({rng: createRng(4), startDeviation}, (x) =>
      gaussianStart(x, startDeviation, createRng(4)),
    );
    expectStart({start: (x: tf.Tensor) => tf.add(x, 0.05)}, (x) => tf.add(x, 0.05));
  });

  it('is put into the ball where there are no steps', () => {
    const far = {steps: 0, start: (x: tf.Tensor) => tf.add(x, 0.3)};
    expectStart(far, (x) => tf.add(x, 0.1));
    const noise = {steps: 0, rng: createRng(4), startDeviation: 10};
    tf.tidy(() => {
      const offsets = tf.sub(tf.tensor(from(noise), [2, 3]), tf.tensor2d([X, X]));
      expectClose(tf.abs(offsets), new Array<number>(6).fill(0.1), 1e-6);
    });
  });
});

describe('what is refused', () => {
  const of = (options: object, labels = [0, 0]) =>
    tf.tidy(() => pgdAttack(linearTwo, tf.tensor2d([X, X]), int(labels), options));

  it('labels and targets that are no classes, unless checkValues is off', () => {
    expect(() => of({}, [0, 2])).toThrow(/^pgdAttack: "labels" must .*found 2/);
    expect(() => of({targets: int([1, -1])})).toThrow(/^pgdAttack: "targets" must .*found -1/);
    expect(() => of({targets: int([1])})).toThrow(/^pgdAttack: "targets" must/);
    expect(() => of({checkValues: false}, [0, 2])).not.toThrow();
  });

  it('settings out of range', () => {
    expect(() => of({stepSize: [0.1]})).toThrow(/^pgdAttack: "stepSize" must/);
    expect(() => of({stepSize: [[1, 2]]})).toThrow(/^pgdAttack: "stepSize" must/);
    expect(() => of({steps: 1.5})).toThrow(/^pgdAttack: "steps" must be .*integer/);
    expect(() => of({startDeviation: -1})).toThrow(/^pgdAttack: "startDeviation" must/);
    expect(() => of({exampleIds: [1]})).toThrow(/^pgdAttack: "exampleIds" must/);
    expect(() => of({start: 'x'})).toThrow(/^pgdAttack: "start" must/);
  });

  it('a model whose logits are not one row for each example', () => {
    const x = tf.tensor2d([X, X]);
    const one = (): tf.Tensor2D => tf.tensor2d([[1, 2]]);
    tf.tidy(() => {
      expect(() => pgdAttack(one, x, int([0, 0]))).toThrow(/^pgdAttack: "model" must/);
    });
    x.dispose();
  });
});
