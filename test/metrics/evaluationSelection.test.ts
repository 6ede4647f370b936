import {describe, expect, it} from 'vitest';

import {checkAttacks, selectClasses, selectExamples} from '../../src/metrics/evaluationSelection';

const select = (changes: object) =>
  selectClasses('f', {groups: {}, tail: undefined, classCounts: undefined, ...changes}, 3);

describe('checkAttacks', () => {
  it('wants functions, none of them called clean', () => {
    expect(() => {
      checkAttacks('f', {a: () => 0, b: () => 0});
      checkAttacks('f', {});
    }).not.toThrow();
    expect(() => {
      checkAttacks('f', {pgd: {steps: 10}});
    }).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "attacks.pgd" must be a function (model, x, labels), under another name than "clean", found an object with steps. Bind options by a closure: (m, x, y, c) => pgdAttack(m, x, y, {...c, steps: 20}).]`,
    );
    expect(() => {
      checkAttacks('f', {clean: () => 0});
    }).toThrow(/"attacks\.clean" must/);
  });
});

describe('selectClasses', () => {
  it('takes the tail as classes, or counts it from the training set', () => {
    expect(select({}).tail).toBeNull();
    expect(select({tail: [2, 0]}).tail).toEqual([2, 0]);
    expect(select({tail: 2, classCounts: [1, 9, 5]}).tail).toEqual([0, 2]);
    expect(select({groups: {head: [0, 2]}}).groups).toEqual({head: [0, 2]});
  });

  it.each([[[]], [[3]], [[-1]], [[0, 0]], [[0.5]], ['tail'], [null]])(
    'refuses %o as classes',
    (classes) => {
      expect(() => select({tail: classes})).toThrow(
        /f: "tail" must list different classes from 0 to 2, at least one, found/,
      );
      expect(() => select({groups: {ok: [1], wrong: classes}})).toThrow(/f: "groups\.wrong" must/);
    },
  );

  it('says what it found', () => {
    expect(() => select({tail: [0, 3]})).toThrow(/found \[0, 3\]\. Number the classes from 0\./);
    expect(() => select({tail: null})).toThrow(/found null/);
  });

  it('refuses to count a tail without the training counts, or with wrong ones', () => {
    expect(() => select({tail: 1})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "classCounts" must be given when "tail" is a number of classes, found undefined. Pass the class counts of the training set: a test set is often balanced.]`,
    );
    expect(() => select({tail: 1, classCounts: [1, 2]})).toThrow(/one count for each of the 3/);
    expect(() => select({classCounts: [1, 2, 0]})).toThrow(/"classCounts" must be an integer/);
    expect(() => select({tail: 0, classCounts: [1, 2, 3]})).toThrow(/f: "tail" must be an integer/);
    expect(() => select({tail: 4, classCounts: [1, 2, 3]})).toThrow(/<= 3, found 4/);
  });
});

describe('selectExamples', () => {
  const dataset = {numClasses: 2, labels: Int32Array.of(0, 1, 5, -1)};

  it('takes all, or the given ones in their order', () => {
    const sound = {numClasses: 2, labels: Int32Array.of(0, 1, 1)};
    expect(selectExamples('f', sound, undefined)).toEqual(Int32Array.of(0, 1, 2));
    expect(selectExamples('f', sound, [2, 0, 2])).toEqual(Int32Array.of(2, 0, 2));
    expect(selectExamples('f', dataset, [1])).toEqual(Int32Array.of(1));
  });

  it('refuses labels out of range among them', () => {
    expect(() => selectExamples('f', dataset, undefined)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "dataset" must have labels in [0, 2), found 5 at 2. Number the classes from 0.]`,
    );
    expect(() => selectExamples('f', dataset, [0, 3])).toThrow(/found -1 at 3/);
  });

  it('refuses no examples and indices out of range', () => {
    expect(() => selectExamples('f', dataset, [])).toThrow(
      /f: "dataset" must have at least one example, found none/,
    );
    expect(() => selectExamples('f', dataset, [4])).toThrow(
      /f: "indices" must be integers in \[0, 4\), found 4/,
    );
  });
});
