import {expect, it} from 'vitest';

import {checkSides} from '../../src/losses/checkSides';

it('takes objects, whose parts are checked where they are used, and refuses the rest', () => {
  expect(() => {
    checkSides('f', 'student', {plus: 1});
  }).not.toThrow();
  for (const value of [undefined, null, 3, 'plus']) {
    expect(() => {
      checkSides('f', 'student', value);
    }).toThrow(/^f: "student" must be \{plus, minus\}, logits at both inputs, found /);
  }
});
