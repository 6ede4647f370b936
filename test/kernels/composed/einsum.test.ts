import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {contract, named} from '../../../src/kernels/composed/einsum';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {expectGradients} from '../support';

const SIZES: Readonly<Record<string, number>> = {a: 2, b: 3, c: 2, d: 4, e: 1};

const EQUATIONS = [
  'ab,bc->ac',
  'ab,bc->ca',
  'abc,abd->cd',
  'abd,acd->abc',
  'abcd,abed->abce',
  'a,b->ba',
  'ab,ab->',
  'abd,cd->cab',
  'ab,cd->ac',
  'abc->cb',
  'ab->',
  'abc->cab',
  'a,a->a',
  'abe,e->ba',
];

/** The sum of products over all letters, by definition. */
function byDefinition(equation: string, tensors: tf.Tensor[]): number[] {
  const [left = '', out = ''] = equation.split('->');
  const terms = left.split(',');
  const letters = [...new Set(Array.from(out + terms.join('')))];
  const values = tensors.map(numbers);
  const flat = (term: string, at: Record<string, number>) =>
    Array.from(term).reduce((index, l) => index * (SIZES[l] ?? 1) + (at[l] ?? 0), 0);
  const result = new Array<number>(
    Array.from(out).reduce((size, letter) => size * (SIZES[letter] ?? 1), 1),
  ).fill(0);
  const visit = (i: number, at: Record<string, number>): void => {
    const letter = letters[i];
    if (letter === undefined) {
      const product = terms.reduce((p, term, k) => p * (values[k]?.[flat(term, at)] ?? 0), 1);
      const to = flat(out, at);
      result[to] = (result[to] as number) + product;
      return;
    }
    for (let k = 0; k < (SIZES[letter] ?? 1); k++) visit(i + 1, {...at, [letter]: k});
  };
  visit(0, {});
  return result;
}

const tensorsOf = (equation: string) =>
  (equation.split('->')[0] as string)
    .split(',')
    .map((term, i) => seeded(Array.from(term).map((letter) => SIZES[letter] ?? 1), i + 1)); // prettier-ignore

describe('einsum', () => {
  it.each(EQUATIONS)('%s is by definition, its gradients by differences', async (equation) => {
    const tensors = tensorsOf(equation);
    await expectNoLeak(() => {
      const y = withGradientKernels(() => tf.einsum(equation, ...tensors));
      expectClose(y, byDefinition(equation, tensors));
      y.dispose();
    });
    expectGradients((...x) => tf.einsum(equation, ...x), tensors);
  });

  it('refuses what tfjs refuses', () => {
    const x = tf.ones([2, 2]);
    const run = (equation: string) => () => withGradientKernels(() => tf.einsum(equation, x, x));
    expect(run('ii,ij->ij')).toThrow('duplicate axes');
    expect(run('ij,jk')).toThrow('arrow');
  });
});

describe('contract', () => {
  it('takes one matrix product for what attention needs', () => {
    const [q, k] = [seeded([2, 3, 4], 1), seeded([2, 5, 4], 2)];
    const scores = contract(named('bsd', q), named('btd', k), Array.from('bst'));
    expectClose(scores, numbers(tf.matMul(q, k, false, true)));
  });
});
