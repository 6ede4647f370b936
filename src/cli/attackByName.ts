import type * as tf from '@tensorflow/tfjs-core';

import {autoAttackForEvaluation} from '../attacks/autoAttack/autoAttackForEvaluation';
import {fgsmAttack} from '../attacks/fgsmAttack';
import {pgdAttack} from '../attacks/pgdAttack';
import {restartedPgdAttack} from '../attacks/restartedPgdAttack';
import {squareAttack} from '../attacks/square/squareAttack';
import type {EvaluationAttack} from '../core/attack';
import type {Norm} from '../core/threatModel';

/** What an attack is made from. */
export interface AttackSettings {
  readonly norm: Norm;
  readonly epsilon: number;
  /** Steps, of attacks that have a number of them. */
  readonly steps?: number | undefined;
}

type Make = (settings: AttackSettings) => EvaluationAttack<tf.Tensor4D>;

const given = (steps: number | undefined) => (steps === undefined ? {} : {steps});

/** The attacks of the command line, and the line that the help has for each. */
export const ATTACKS: Readonly<Record<string, {readonly what: string; readonly make: Make}>> = {
  pgd: {
    what: '20 steps of PGD from a random start',
    make:
      ({norm, epsilon, steps = 20}) =>
      (m, x, y, c) =>
        pgdAttack(m, x, y, {...c, norm, epsilon, steps}),
  },
  fgsm: {
    what: 'one step; weak',
    make:
      ({norm, epsilon}) =>
      (m, x, y, c) =>
        fgsmAttack(m, x, y, {...c, norm, epsilon}),
  },
  'pgd-restarts': {
    what: 'PGD on the margin, 5 starts of 50 steps',
    make:
      ({norm, epsilon, steps}) =>
      (m, x, y, c) =>
        restartedPgdAttack(m, x, y, {...c, norm, epsilon, ...given(steps)}),
  },
  square: {
    what: 'random search, without gradients',
    make:
      ({norm, epsilon}) =>
      (m, x, y, c) =>
        squareAttack(m, x, y, {...c, norm, epsilon}),
  },
  'autoattack-fast': {
    what: 'APGD on two losses',
    make: ({norm, epsilon}) => autoAttackForEvaluation({norm, epsilon, version: 'fast'}),
  },
  autoattack: {
    what: 'AutoAttack, standard; slow',
    make: ({norm, epsilon}) => autoAttackForEvaluation({norm, epsilon}),
  },
};
