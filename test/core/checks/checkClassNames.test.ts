import {describe, expect, it} from 'vitest';

import {checkClassNames} from '../../../src/core/checks/checkClassNames';

const check = (names: unknown) => () => {
  checkClassNames('f', names as string[] | undefined, 2);
};

describe('checkClassNames', () => {
  it.each([[undefined], [['cat', 'dog']], [['', '']]])('accepts %j', (names) => {
    expect(check(names)).not.toThrow();
  });

  it.each([
    [[], /"classNames" must be an array of 2 strings, one for each class, found 0/],
    [['cat'], /found 1\./],
    [['cat', 'dog', 'owl'], /found 3\./],
    [['cat', 1], /found an array of 2/],
    ['cat', /found 'cat'/],
    [null, /found null/],
  ])('refuses %j', (names, message) => {
    expect(check(names)).toThrow(message);
  });
});
