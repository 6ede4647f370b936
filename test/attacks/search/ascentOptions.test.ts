import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {pgdAttack, pgdAttackAsync} from '../../../src/attacks/pgdAttack';
import {ASCENT_DEFAULTS, WATCH_DEFAULTS} from '../../../src/attacks/search/ascentOptions';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {linearTwo} from '../../support/models';
import {int, numbers} from '../../support/tensors';

it('the defaults are those that the docstrings name: nothing given is all of them given', async () => {
  const [x, labels] = [tf.tensor2d([[0.5, 0.4, 0.6]]), int([0])];
  const documented = {
    ...({norm: 'linf', epsilon: 8 / 255, clip: [0, 1], checkValues: true} as const),
    loss: crossEntropy,
  };
  expect(ASCENT_DEFAULTS).toMatchObject(documented);
  const results = [
    pgdAttack(linearTwo, x, labels),
    pgdAttack(linearTwo, x, labels, documented),
    pgdAttack(linearTwo, x, labels, ASCENT_DEFAULTS),
    await pgdAttackAsync(linearTwo, x, labels, {...ASCENT_DEFAULTS, ...WATCH_DEFAULTS}),
  ];
  const [first, ...others] = results.map(numbers);
  for (const other of others) expect(other).toEqual(first);
  expect(first).not.toEqual(numbers(x));
  tf.dispose([x, labels, ...results]);
});
