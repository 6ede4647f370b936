import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {
  cosine,
  multiStep,
  oneCycle,
  warmup,
  type MultiStepOptions,
  type Schedule,
} from '../../src/optimizers/schedules';
import golden from '../golden/sgd-torch.json';
import {expectClose} from '../support/tensors';

// The rates of all steps of a training.
const perStep = (schedule: Schedule, epochs: number, stepsPerEpoch: number): number[] =>
  Array.from({length: epochs * stepsPerEpoch}, (_, i) =>
    schedule({epoch: Math.floor(i / stepsPerEpoch) + 1, epochs, step: i + 1, stepsPerEpoch}),
  );

const torch = golden.schedules;

describe('multiStep', () => {
  it('is MultiStepLR with base 0, and one epoch earlier with base 1', () => {
    const base0 = multiStep({learningRate: 0.1, milestones: [2, 5], factor: 0.1, base: 0});
    expectClose(perStep(base0, 8, 1), torch.multiStep, 1e-12);
    const base1 = multiStep({learningRate: 0.1, milestones: [3, 6]});
    expectClose(perStep(base1, 8, 1), torch.multiStep, 1e-12);
  });

  it("drops as AT-BSL's and REAT's code does", () => {
    const atBsl = perStep(multiStep({milestones: [75, 90, 100]}), 100, 1);
    expectClose(
      [atBsl[73], atBsl[74], atBsl[88], atBsl[89], atBsl[98], atBsl[99]] as number[],
      [0.1, 0.01, 0.01, 0.001, 0.001, 1e-4],
    );
    const reat = perStep(multiStep({milestones: [60, 75], base: 0}), 80, 1);
    expectClose([reat[59], reat[60], reat[74], reat[75]] as number[], [0.1, 0.01, 0.01, 0.001]);
  });

  it('without milestones is constant, and stays so within an epoch', () => {
    expect(perStep(multiStep({learningRate: 0.3, milestones: []}), 2, 2)).toEqual([
      0.3, 0.3, 0.3, 0.3,
    ]);
    const halves = multiStep({learningRate: 1, milestones: [2], factor: 0.5});
    expect(perStep(halves, 2, 2)).toEqual([1, 1, 0.5, 0.5]);
  });

  it.each([
    [
      {milestones: [5, 5]},
      /multiStep: "milestones" must be ascending epoch numbers, found \[5, 5\]/,
    ],
    [{milestones: [6, 5]}, /"milestones/],
    [{milestones: [NaN]}, /"milestones/],
    [{milestones: [1], learningRate: -1}, /"learningRate" must be a finite number >= 0/],
    [{milestones: [1], factor: -1}, /"factor" must be a finite number >= 0/],
    [
      {milestones: [1], base: 2} as unknown as MultiStepOptions,
      /"base" must be an integer >= 0 and <= 1/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => multiStep(options)).toThrow(message);
  });
});

describe('cosine', () => {
  it('is CosineAnnealingLR', () => {
    const options = {learningRate: 0.1, finalLearningRate: 0.01};
    expectClose(perStep(cosine(options), 3, 4), torch.cosine, 1e-12);
    const perEpoch = perStep(cosine({...options, per: 'epoch'}), 12, 2);
    expectClose(
      perEpoch,
      torch.cosine.flatMap((rate) => [rate, rate]),
      1e-12,
    );
  });

  it('by default falls from 0.1 to 0 step by step', () => {
    expectClose(perStep(cosine(), 1, 2), [0.1, 0.05]);
  });

  it('refuses negative rates', () => {
    expect(() => cosine({learningRate: -1})).toThrow(/cosine: "learningRate"/);
    expect(() => cosine({finalLearningRate: -1})).toThrow(/cosine: "finalLearningRate"/);
    expect(cosine({learningRate: 0})({epoch: 1, epochs: 1, step: 1, stepsPerEpoch: 1})).toBe(0);
  });
});

describe('oneCycle', () => {
  it('is OneCycleLR', () => {
    expectClose(perStep(oneCycle({maxLearningRate: 0.4}), 4, 5), torch.oneCycle, 1e-12);
    const linear = oneCycle({
      ...{maxLearningRate: 0.4, warmupFraction: 0.25, curve: 'linear'},
      ...{divFactor: 10, finalDivFactor: 100},
    });
    expectClose(perStep(linear, 5, 4), torch.oneCycleLinear, 1e-12);
    const threePhase = oneCycle({maxLearningRate: 0.4, threePhase: true});
    expectClose(perStep(threePhase, 2, 10), torch.oneCycleThreePhase, 1e-12);
  });

  it('peaks at 0.1 by default, and stays between its first, last and highest rate', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 2, max: 5}),
        fc.integer({min: 2, max: 7}),
        fc.double({min: 0, max: 1, noNaN: true}),
        fc.boolean(),
        (epochs, stepsPerEpoch, warmupFraction, threePhase) => {
          const rates = perStep(oneCycle({warmupFraction, threePhase}), epochs, stepsPerEpoch);
          expect(rates.every((rate) => rate >= 0 && rate <= 0.1 + 1e-12)).toBe(true);
        },
      ),
      {numRuns: 50},
    );
    expect(Math.max(...perStep(oneCycle(), 2, 10))).toBeCloseTo(0.1, 12);
  });

  it('stays at the end where an epoch is longer than the others, and peaks at once if told to', () => {
    const at = (schedule: Schedule, step: number) =>
      schedule({epoch: 2, epochs: 2, step, stepsPerEpoch: 5});
    for (const curve of ['cosine', 'linear'] as const) {
      expectClose([at(oneCycle({curve}), 12)], [0.1 / 25 / 1e4], 1e-12);
    }
    expect(at(cosine({finalLearningRate: 0.01}), 14)).toBe(0.01);
    expectClose([at(oneCycle({warmupFraction: 0.1}), 1)], [0.1], 1e-12);
  });

  it('refuses settings out of range', () => {
    expect(() => oneCycle({maxLearningRate: -1})).toThrow(/oneCycle: "maxLearningRate"/);
    expect(() => oneCycle({warmupFraction: 1.1})).toThrow(/"warmupFraction" must .* <= 1/);
    expect(() => oneCycle({warmupFraction: -0.1})).toThrow(/"warmupFraction" must .* >= 0/);
    expect(() => oneCycle({divFactor: 0})).toThrow(/"divFactor" must be a finite number > 0/);
    expect(() => oneCycle({finalDivFactor: 0})).toThrow(/"finalDivFactor" must/);
  });
});

describe('warmup', () => {
  it('is LinearLR before another schedule', () => {
    const rates = perStep(
      warmup(() => 0.1, {epochs: 2, startFactor: 0.2}),
      5,
      2,
    );
    // torch: 6 steps; here 2 epochs of 3.
    const six = perStep(
      warmup(() => 0.1, {epochs: 2, startFactor: 0.2}),
      5,
      3,
    ).slice(0, 10);
    expectClose(six, torch.linearWarmup, 1e-12);
    expectClose(rates.slice(0, 5), [0.02, 0.04, 0.06, 0.08, 0.1], 1e-12);
  });

  it('starts at a third by default and multiplies what it wraps', () => {
    const schedule = warmup(multiStep({milestones: [2]}), {epochs: 2});
    expectClose(perStep(schedule, 3, 1), [0.1 / 3, (0.01 * 2) / 3, 0.01], 1e-12);
  });

  it('refuses settings out of range', () => {
    const one = () => 1;
    expect(() => warmup(one, {epochs: 0})).toThrow(/warmup: "epochs" must be a finite number > 0/);
    expect(() => warmup(one, {epochs: 1, startFactor: -0.1})).toThrow(/"startFactor" must .* >= 0/);
    expect(() => warmup(one, {epochs: 1, startFactor: 1.1})).toThrow(/"startFactor" must .* <= 1/);
  });
});
