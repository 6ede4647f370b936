import {describe, expect, it} from 'vitest';

import {
  checkPerExample,
  checkThreat,
  DEFAULT_THREAT,
  epsilonAt,
  mapPerExample,
  perExampleAt,
  perExampleOfRows,
  threatOfRows,
  type ThreatModel,
} from '../../src/core/threatModel';

const check =
  (changes: object, batchSize = 2) =>
  () => {
    checkThreat('f', {...DEFAULT_THREAT, ...changes}, batchSize);
  };

describe('checkThreat', () => {
  it('has the usual default: linf, 8/255, [0, 1]', () => {
    expect(DEFAULT_THREAT).toEqual({norm: 'linf', epsilon: 8 / 255, clip: [0, 1]});
    expect(check({})).not.toThrow();
  });

  it('accepts zero, the width of clip, and one epsilon per example', () => {
    expect(check({epsilon: 0})).not.toThrow();
    expect(check({epsilon: 1})).not.toThrow();
    expect(check({epsilon: 8, clip: [0, 255]})).not.toThrow();
    expect(check({epsilon: [0.1, 0]})).not.toThrow();
    expect(check({epsilon: Float32Array.of(0.1, 0)})).not.toThrow();
    expect(check({norm: 'l2', epsilon: 7})).not.toThrow();
    expect(check({epsilon: 8, clip: null})).not.toThrow();
  });

  it('refuses an unknown norm', () => {
    expect(check({norm: 'L2'})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "norm" must be one of 'linf', 'l2', found 'L2'. Write 'l2'.]`,
    );
  });

  it('refuses an epsilon in grey levels', () => {
    expect(check({epsilon: 8})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "epsilon" must be a finite number >= 0 and <= 1, found 8. It is in the units of x, whose range is 1 wide: for 8 of 255 grey levels write 8 / 255, or declare that x holds 0 to 255: clip: [0, 255].]`,
    );
    expect(check({epsilon: 8, clip: [-1, 1]})).toThrow(/range is 2 wide: .* write 2 \* 8 \/ 255\./);
  });

  it('refuses negative and non-finite epsilons, in every place', () => {
    expect(check({epsilon: -0.1})).toThrow(/"epsilon" must/);
    expect(check({epsilon: NaN, clip: null})).toThrow(/"epsilon" must/);
    expect(check({epsilon: [0.1, -0.1]})).toThrow(/"epsilon\[1\]" must .* found -0\.1/);
    expect(check({norm: 'l2', epsilon: -1})).toThrow(/Euclidean length of the whole perturbation/);
    expect(check({epsilon: [0.1, 8]})).toThrow(/"epsilon\[1\]" must .* 8 \/ 255/);
  });

  it.each([[[1, 0]], [[0, 0]], [[0, NaN]], [[-Infinity, 0]], [[0]], ['unit'], [undefined]])(
    'refuses the clip %o',
    (clip) => {
      expect(check({clip})).toThrow(/"clip" must be \[min, max\] with min < max, or null/);
    },
  );
});

describe('checkPerExample', () => {
  const checkValue = (value: unknown, max?: number) => () => {
    checkPerExample('f', 'stepSize', value as number, 2, max);
  };

  it('refuses another length and other types', () => {
    expect(checkValue([1])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "stepSize" must be a number, or one number for each of the 2 examples, found 1 numbers. Pass one number, or an array as long as the batch.]`,
    );
    expect(checkValue('1')).toThrow(/found '/);
    expect(checkValue(null)).toThrow(/found null/);
  });

  it('bounds every value by max', () => {
    expect(checkValue([1, 3], 3)).not.toThrow();
    expect(checkValue([1, 3.1], 3)).toThrow(/"stepSize\[1\]"/);
    expect(checkValue(3.1, 3)).toThrow(/"stepSize"/);
    expect(checkValue(1e9)).not.toThrow();
  });
});

describe('of rows', () => {
  const per: ThreatModel = {norm: 'l2', epsilon: [0.5, 1, 2], clip: null};
  const one: ThreatModel = {norm: 'linf', epsilon: 0.5, clip: [0, 1]};

  it('epsilonAt is the one of all, or that of the row', () => {
    expect([epsilonAt(one, 7), epsilonAt(per, 2)]).toEqual([0.5, 2]);
    expect(() => epsilonAt(per, 3)).toThrow('no entry 3');
    expect(perExampleAt(Float32Array.of(0.5, 1), 1)).toBe(1);
  });

  it('threatOfRows takes the epsilons of the rows, in double precision', () => {
    expect(threatOfRows(one, [2, 0])).toEqual(one);
    expect(threatOfRows(per, Int32Array.of(2, 0, 2))).toEqual({...per, epsilon: [2, 0.5, 2]});
    expect(threatOfRows({...per, epsilon: [0.1]}, [0]).epsilon).toEqual([0.1]);
    expect(threatOfRows({...per, epsilon: Float32Array.of(0.5, 1)}, [1]).epsilon).toEqual([1]);
  });

  it('mapPerExample maps the one value or each', () => {
    expect(mapPerExample(3, (v) => v / 2)).toBe(1.5);
    expect(mapPerExample(Float32Array.of(1, 3), (v) => v / 2)).toEqual([0.5, 1.5]);
    expect(perExampleOfRows([1, 2, 3], [1])).toEqual([2]);
  });
});

describe('a number that came as text', () => {
  it.each([
    ['8/255', "found '8/255'. Write 8 / 255, without quotes."],
    ['0.1', "found '0.1'. Write 0.1, without quotes, or convert it with Number(...)."],
  ])('%s is told to be written as one', (text, message) => {
    expect(() => {
      checkPerExample('f', 'epsilon', text as never, 3);
    }).toThrow(message);
  });
});
