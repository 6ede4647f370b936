import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect} from 'vitest';

import {createRng} from '../../src/core/rng';
import type {Norm, ThreatModel} from '../../src/core/threatModel';
import {
  ballProjection,
  gaussianStart,
  projectToBall,
  randomStart,
  steepestAscent,
  steepestIn,
} from '../../src/math/ball';
import {featureThreat} from '../../src/core/featureThreat';
import {featureAscent} from '../../src/math/featureBall';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const pixel = fc.double({min: 0, max: 1, noNaN: true});
const anywhere = fc.double({min: -3, max: 4, noNaN: true});
const radius = fc.double({min: 0, max: 1, noNaN: true});
const anyNorm = fc.constantFrom<Norm>('linf', 'l2');
const row = (value: fc.Arbitrary<number>) =>
  fc.array(fc.array(value, {minLength: 3, maxLength: 3}), {minLength: 2, maxLength: 2});

// Distance of each row from its center.
function distances(point: tf.Tensor, center: tf.Tensor, norm: Norm): number[] {
  const offset = tf.sub(point, center);
  const lengths = norm === 'linf' ? tf.max(tf.abs(offset), 1) : tf.norm(offset, 'euclidean', 1);
  return numbers(lengths);
}

describe('projectToBall', () => {
  it.prop([row(anywhere), row(pixel), fc.tuple(radius, radius), anyNorm], {numRuns: 50})(
    'gives a point of ball and range, whatever the point, and is idempotent',
    (points, centers, epsilon, norm) => {
      tf.tidy(() => {
        const center = tf.tensor2d(centers);
        const threat: ThreatModel = {norm, epsilon, clip: [0, 1]};
        const projected = projectToBall(tf.tensor2d(points), center, threat);
        distances(projected, center, norm).forEach((distance, i) => {
          expect(distance).toBeLessThanOrEqual((epsilon[i] as number) + 1e-6);
        });
        for (const value of numbers(projected)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expectClose(projectToBall(projected, center, threat), numbers(projected), 1e-6);
      });
    },
  );

  it.prop([row(pixel), row(fc.double({min: -1, max: 1, noNaN: true})), anyNorm], {numRuns: 30})(
    'leaves interior points as they are',
    (centers, directions, norm) => {
      tf.tidy(() => {
        const center = tf.tensor2d(centers);
        const offset = tf.mul(0.1, tf.tensor2d(directions)); // l2 length at most 0.1 √3
        const point = tf.clipByValue(tf.add(center, offset), 0, 1);
        const threat: ThreatModel = {norm, epsilon: 0.18, clip: [0, 1]};
        expectClose(projectToBall(point, center, threat), numbers(point), 1e-6);
      });
    },
  );

  it.prop([row(pixel), row(fc.double({min: -0.25, max: 0.25, noNaN: true}))], {numRuns: 30})(
    'leaves a point of the linf box bit for bit, except on wasm, which adds its offset up again',
    (centers, offsets) => {
      if (tf.getBackend() === 'wasm') return;
      tf.tidy(() => {
        const center = tf.tensor2d(centers);
        const point = tf.clipByValue(tf.add(center, tf.tensor2d(offsets)), 0, 1);
        for (const epsilon of [0.26, [0.26, 0.27]]) {
          const threat: ThreatModel = {norm: 'linf', epsilon, clip: [0, 1]};
          expect(numbers(projectToBall(point, center, threat))).toEqual(numbers(point));
        }
      });
    },
  );

  it('is the nearest point of the box for linf', () => {
    const project = (clip: ThreatModel['clip']) =>
      numbers(
        projectToBall(tf.tensor2d([[2, -1, 0.5, 0.75]]), tf.tensor2d([[1, 0.5, 0.5, 0.25]]), {
          norm: 'linf',
          epsilon: 0.25,
          clip,
        }),
      );
    expect(project([0, 1])).toEqual([1, 0.25, 0.5, 0.5]);
    expect(project(null)).toEqual([1.25, 0.25, 0.5, 0.5]);
  });

  it('leaves points of the ball where they are, whatever the epsilon of each', () => {
    const center = tf.tensor2d([0.5, 0.5, 0.5, 0.25, 0.75, 0.5], [2, 3]);
    const values = [0.6, 0.45, 0.5, 0.25, 0.7, 0.52];
    const point = tf.tensor2d(values, [2, 3]);
    for (const norm of ['linf', 'l2'] as const) {
      for (const epsilon of [0.2, [0.2, 0.06], [0.12, 0.2]]) {
        const projected = projectToBall(point, center, {norm, epsilon, clip: [0, 1]});
        expectClose(projected, values, 1e-6);
      }
    }
  });

  it('shortens to the sphere for l2, in the direction of the point', () => {
    const threat: ThreatModel = {norm: 'l2', epsilon: 0.5, clip: null};
    const center = tf.zeros<tf.Rank.R2>([1, 2]);
    expectClose(projectToBall(tf.tensor2d([[3, -4]]), center, threat), [0.3, -0.4], 1e-6);
    expectClose(projectToBall(center, center, threat), [0, 0]);
    const clipped: ThreatModel = {...threat, clip: [0, 1]};
    expectClose(projectToBall(tf.tensor2d([[3, -4]]), center, clipped), [0.3, 0], 1e-6);
  });

  it('obeys one epsilon per example, over all axes', () => {
    const center = tf.zeros<tf.Rank.R4>([2, 1, 2, 1]);
    const point = tf.fill<tf.Rank.R4>([2, 1, 2, 1], 1);
    const project = (norm: Norm) =>
      projectToBall(point, center, {norm, epsilon: [0.5, 0.25], clip: [0, 1]});
    expectClose(project('linf'), [0.5, 0.5, 0.25, 0.25]);
    const l2 = [0.5, 0.25].flatMap((epsilon) => [epsilon / Math.SQRT2, epsilon / Math.SQRT2]);
    expectClose(project('l2'), l2, 1e-6);
  });

  it('leaks nothing', async () => {
    const point = seeded<tf.Rank.R2>([2, 3], 1, 2);
    const center = tf.fill<tf.Rank.R2>([2, 3], 0.5);
    await expectNoLeak(() => {
      for (const norm of ['linf', 'l2'] as const) {
        projectToBall(point, center, {norm, epsilon: 0.1, clip: [0, 1]}).dispose();
      }
    });
  });
});

describe('ballProjection', () => {
  it('projects many points around one center', () => {
    const project = ballProjection(tf.tensor2d([[0.5]]), {
      norm: 'linf',
      epsilon: 0.25,
      clip: [0, 1],
    });
    expect([0, 0.5, 2].map((value) => numbers(project(tf.tensor2d([[value]])))[0])).toEqual([
      0.25, 0.5, 0.75,
    ]);
  });
});

describe('steepestAscent', () => {
  it('is the sign for linf', () => {
    expect(numbers(steepestAscent(tf.tensor2d([[3, -1e-30, 0]]), 'linf'))).toEqual([1, -1, 0]);
  });

  it('has length 1 for l2 per example, and 0 where the gradient is 0', () => {
    const gradient = tf.tensor4d([3, -4, 0, 0], [2, 2, 1, 1]);
    expectClose(steepestAscent(gradient, 'l2'), [0.6, -0.8, 0, 0], 1e-6);
  });

  it.each([1e-30, 1e-15, 1, 1e15, 1e30])('has length 1 for gradients of size %s', (scale) => {
    const gradient = tf.tensor2d([[3 * scale, -4 * scale]]);
    expectClose(steepestAscent(gradient, 'l2'), [0.6, -0.8], 1e-5);
  });

  it('is no longer than 1 for l2 where a gradient is not a number, on wasm', () => {
    if (tf.getBackend() !== 'wasm') return; // elsewhere the step is not a number either
    const gradient = tf.tensor2d([[NaN, 1, NaN, 2]]);
    const length = Math.hypot(...numbers(steepestAscent(gradient, 'l2')));
    expect(length).toBeLessThanOrEqual(1 + 1e-6);
  });

  it('leaks nothing', async () => {
    const gradient = tf.tensor2d([[3, -4]]);
    await expectNoLeak(() => {
      steepestAscent(gradient, 'l2').dispose();
      steepestAscent(gradient, 'linf').dispose();
    });
  });
});

describe('steepestIn', () => {
  it.each(['linf', 'l2'] as const)(
    'is steepestAscent, in units of the budgets if any, %s',
    (norm) => {
      const gradient = tf.tensor2d([[3, -4, 1]]);
      const plain = numbers(steepestAscent(gradient, norm));
      expect(numbers(steepestIn(gradient, norm, undefined))).toEqual(plain);
      const threat = {norm, epsilon: [[1, 2, 0]], clip: null};
      const {features} = featureThreat('steepestIn', threat, [1, 3]);
      if (features === undefined) throw new Error('no features');
      const scaled = featureAscent(gradient, features, (inUnits) => steepestAscent(inUnits, norm));
      expect(numbers(steepestIn(gradient, norm, features))).toEqual(numbers(scaled));
      expect(numbers(scaled)[2]).toBe(0);
    },
  );
});

const THREAT: ThreatModel = {norm: 'linf', epsilon: 0.1, clip: [0, 1]};

describe('randomStart', () => {
  it.prop([row(pixel), fc.tuple(radius, radius), anyNorm, fc.nat()], {numRuns: 50})(
    'lies in ball and range',
    (centers, epsilon, norm, seed) => {
      tf.tidy(() => {
        const x = tf.tensor2d(centers);
        const start = randomStart(x, {norm, epsilon, clip: [0, 1]}, createRng(seed));
        distances(start, x, norm).forEach((distance, i) => {
          expect(distance).toBeLessThanOrEqual((epsilon[i] as number) + 1e-6);
        });
        for (const value of numbers(start)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      });
    },
  );

  const starts: Record<string, (x: tf.Tensor2D, ids?: number[]) => tf.Tensor2D> = {
    'randomStart linf': (x, ids) => randomStart(x, THREAT, createRng(3), ids),
    'randomStart l2': (x, ids) => randomStart(x, {...THREAT, norm: 'l2'}, createRng(3), ids),
    gaussianStart: (x, ids) => gaussianStart(x, 0.1, createRng(3), ids),
  };
  for (const [name, start] of Object.entries(starts)) {
    it(`${name} is keyed by example: splitting and permuting the batch changes nothing`, () => {
      const x = tf.fill<tf.Rank.R2>([4, 5], 0.5);
      const rows = (tensor: tf.Tensor2D) => tensor.arraySync();
      const whole = rows(start(x, [7, 8, 9, 10]));
      const part = tf.slice(x, [0, 0], [2, 5]);
      expect(rows(start(part, [9, 7]))).toEqual([whole[2], whole[0]]);
      expect(new Set(whole.map(String)).size).toBe(4);
      // Without ids the position is the id.
      expect(rows(start(x))).toEqual(rows(start(x, [0, 1, 2, 3])));
    });
  }

  it('does not advance the generator, and depends on it', () => {
    const x = tf.fill<tf.Rank.R2>([2, 3], 0.5);
    const rng = createRng(1);
    const first = numbers(randomStart(x, THREAT, rng));
    expect(numbers(randomStart(x, THREAT, rng))).toEqual(first);
    expect(rng.state()).toEqual(createRng(1).state());
    expect(numbers(randomStart(x, THREAT, createRng(2)))).not.toEqual(first);
  });

  it('is uniform in [-epsilon, epsilon] for linf', () => {
    const x = tf.fill<tf.Rank.R2>([4, 2500], 0.5);
    const noise = numbers(tf.div(tf.sub(randomStart(x, THREAT, createRng(5)), x), 0.1));
    const moment = (k: number) => noise.reduce((sum, u) => sum + u ** k, 0) / noise.length;
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / 3 / 10_000));
    expect(Math.abs(moment(2) - 1 / 3)).toBeLessThan(0.013);
    expect(Math.abs(moment(4) - 1 / 5)).toBeLessThan(0.012);
    expect(Math.min(...noise)).toBeLessThan(-0.998);
    expect(Math.max(...noise)).toBeGreaterThan(0.998);
  });

  it('has a uniform radius and a random direction for l2', () => {
    const x = tf.zeros<tf.Rank.R2>([2000, 2]);
    const start = randomStart(x, {norm: 'l2', epsilon: 2, clip: null}, createRng(6));
    const radii = distances(start, x, 'l2').map((distance) => distance / 2);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean(radii) - 1 / 2)).toBeLessThan(0.026);
    expect(Math.abs(mean(radii.map((r) => r * r)) - 1 / 3)).toBeLessThan(0.027);
    expect(Math.max(...radii)).toBeLessThanOrEqual(1 + 1e-6);
    const cosines = start.arraySync().map(([a], i) => (a as number) / (2 * (radii[i] as number)));
    expect(Math.abs(mean(cosines))).toBeLessThan(0.064);
    expect(Math.abs(mean(cosines.map((c) => c * c)) - 1 / 2)).toBeLessThan(0.032);
  });

  it('clips to the range only if there is one', () => {
    const x = tf.zeros<tf.Rank.R2>([1, 100]);
    expect(Math.min(...numbers(randomStart(x, THREAT, createRng(1))))).toBe(0);
    expect(
      Math.min(...numbers(randomStart(x, {...THREAT, clip: null}, createRng(1)))),
    ).toBeLessThan(-0.09);
  });

  it('takes an empty batch, and leaks nothing', async () => {
    const empty = tf.zeros<tf.Rank.R2>([0, 3]);
    const x = tf.zeros<tf.Rank.R2>([2, 3]);
    await expectNoLeak(() => {
      for (const norm of ['linf', 'l2'] as const) {
        randomStart(x, {...THREAT, norm}, createRng(1)).dispose();
      }
      const start = randomStart(empty, THREAT, createRng(1));
      expect(start.shape).toEqual([0, 3]);
      const noise = gaussianStart(empty, 0.1, createRng(1));
      expect(noise.shape).toEqual([0, 3]);
      noise.dispose();
      start.dispose();
      gaussianStart(x, 0.1, createRng(1)).dispose();
    });
  });
});

describe('gaussianStart', () => {
  it('adds normal noise of the given deviation, unclipped', () => {
    const x = tf.fill<tf.Rank.R2>([4, 2500], 1);
    const noise = numbers(tf.div(tf.sub(gaussianStart(x, 0.01, createRng(4)), x), 0.01));
    const moment = (k: number) => noise.reduce((sum, z) => sum + z ** k, 0) / noise.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.04);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.06);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.4);
    expect(Math.max(...noise)).toBeGreaterThan(2.5);
  });

  it('with deviation 0 is x', () => {
    expectClose(gaussianStart(tf.tensor2d([[0.25]]), 0, createRng(1)), [0.25]);
  });
});

describe('what is refused', () => {
  const x = () => tf.zeros<tf.Rank.R2>([2, 3]);
  const rng = createRng(1);
  const expected = 'be a float32 tensor [batch, ...], found';
  const calls: [string, string, (wrong: never) => unknown][] = [
    ['projectToBall', 'point', (wrong) => projectToBall(wrong, x() as never, THREAT)],
    ['projectToBall', 'center', (wrong) => projectToBall(x() as never, wrong, THREAT)],
    ['steepestAscent', 'gradient', (wrong) => steepestAscent(wrong, 'l2')],
    ['randomStart', 'x', (wrong) => randomStart(wrong, THREAT, rng)],
    ['gaussianStart', 'x', (wrong) => gaussianStart(wrong, 0.1, rng)],
  ];
  it.each(calls)('%s: %s that is no batch of float32 values', (where, argument, of) => {
    const wrong: [unknown, string][] = [
      [tf.scalar(1), 'float32 []'],
      [tf.zeros([2, 3], 'int32'), 'int32 [2, 3]'],
      [{rank: 2, dtype: 'float32'}, 'an object with rank, dtype'],
      [undefined, 'undefined'],
    ];
    for (const [value, found] of wrong) {
      expect(() => of(value as never)).toThrow(
        `${where}: "${argument}" must ${expected} ${found}. Pass a batch of inputs.`,
      );
    }
  });

  it('takes a batch of single values', () => {
    expectClose(steepestAscent(tf.tensor1d([-3, 0]), 'l2'), [-1, 0]);
  });

  it('shapes that differ, norms that there are not, and a threat model that is none', () => {
    const other = tf.zeros<tf.Rank.R2>([3, 3]);
    expect(() => projectToBall(x(), other, THREAT)).toThrow('projectToBall: "point" must');
    expect(() => steepestAscent(x(), 'l1' as never)).toThrow('steepestAscent: "norm" must');
    const remedy = 'Pass {...DEFAULT_THREAT, epsilon}, say.';
    expect(() => projectToBall(x(), x(), 0.1 as never)).toThrow(
      `projectToBall: "threat" must be {norm, epsilon, clip}, found 0.1. ${remedy}`,
    );
    expect(() => randomStart(x(), 0.1 as never, rng)).toThrow(
      `randomStart: "threat" must be {norm, epsilon, clip}, found 0.1. ${remedy}`,
    );
    const unreadable = {
      get norm(): never {
        throw new Error('not now');
      },
    };
    expect(() => projectToBall(x(), x(), unreadable as never)).toThrow(
      /^projectToBall: .* cannot be read \(not now\)\. Pass \{norm: \.\.\.\}\.$/,
    );
    expect(() => gaussianStart(x(), -1, rng)).toThrow('gaussianStart: "deviation" must');
  });

  it('a generator that is none, and ids that are not one for each example', () => {
    const noRng = 1 as never;
    expect(() => randomStart(x(), THREAT, noRng)).toThrow(
      /^randomStart: "rng" must be a generator/,
    );
    expect(() => gaussianStart(x(), 1, noRng)).toThrow(/^gaussianStart: "rng" must be a generator/);
    for (const start of [
      () => randomStart(x(), THREAT, undefined as never),
      () => gaussianStart(x(), 1, undefined as never),
    ]) {
      expect(start).toThrow('"rng" must be given: it draws from it, found undefined');
    }
    expect(() => randomStart(x(), THREAT, rng, [1])).toThrow('randomStart: "exampleIds" must');
    expect(() => gaussianStart(x(), 1, rng, [1])).toThrow('gaussianStart: "exampleIds" must');
  });
});
