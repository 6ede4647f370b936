import {expect, it} from 'vitest';

import {refuse, refuseName} from '../../src/registry/refuse';

it('names the place, what it must be, what was found and what to do', () => {
  expect(() => refuse('a.b', 'be small', '9', 'Take 1.')).toThrow(
    'experiment: "a.b" must be small, found 9. Take 1.',
  );
});

it('proposes the name that was probably meant, if one is close', () => {
  expect(() => refuseName('method', 'a method', 'tades', ['trades', 'mart'])).toThrow(
    'experiment: "method" must be a method (trades, mart), found "tades". Did you mean "trades"?',
  );
  expect(() => refuseName('method', 'a method', 'vision', ['trades', 'mart'])).toThrow(
    /found "vision"\. Check the spelling\.$/,
  );
});
