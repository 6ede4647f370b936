import type * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';

import type {Attack} from '../core/attack';
import type {Model} from '../core/classifier';
import type {Loss} from '../core/loss';
import type {TrainingMethod} from '../core/trainingMethod';
import {adaAdTraining} from '../methods/adaAdTraining';
import {alpTraining} from '../methods/alpTraining';
import {ardTraining} from '../methods/ardTraining';
import {atBslTraining} from '../methods/atBslTraining';
import {fastAt} from '../methods/fastAt';
import {freeAt} from '../methods/freeAt';
import {harlTraining} from '../methods/harlTraining';
import {ldamTraining} from '../methods/ldamTraining';
import {martTraining} from '../methods/martTraining';
import {naturalTraining} from '../methods/naturalTraining';
import {pgdTraining} from '../methods/pgdTraining';
import {reatTraining} from '../methods/reatTraining';
import {robalTraining} from '../methods/robalTraining';
import {rsladTraining} from '../methods/rsladTraining';
import {selfDistillationTraining} from '../methods/selfDistillationTraining';
import {switchAt} from '../methods/switchAt';
import {tradesTraining} from '../methods/tradesTraining';
import {boolean, clip, entriesOf, nested, number, oneOf, type Named, type Table} from './entry';
import type {LossParts} from './losses';

/** What a method is made from, besides its options. */
export interface MethodParts extends LossParts {
  /** What it trains against, instead of its published attack. */
  readonly attack: Attack<tf.Tensor4D> | undefined;
  /** The teacher of that name. */
  readonly teacher: (name: string) => Model<tf.Tensor4D>;
  /** The loss of a configuration. */
  readonly loss: (config: string | Named) => Loss;
  /** The method of a configuration, with the same parts. */
  readonly method: (config: string | Named) => TrainingMethod<tf.Tensor4D>;
}

type Method = TrainingMethod<tf.Tensor4D>;

const entry = entriesOf<MethodParts, Method>();

const attackMode = oneOf('inference', 'batch-statistics', 'training');
const passes = oneOf('shared', 'published');
const classReduction = oneOf('sum', 'mean');
const teacher = v.string();
const loss = v.optional(nested);

const lossOf = (config: string | Named | undefined, parts: MethodParts): {loss?: Loss} =>
  config === undefined ? {} : {loss: parts.loss(config)};

/** The training methods. */
export const METHODS = {
  natural: entry('training on clean images', {loss}, (options, parts) =>
    naturalTraining<tf.Tensor4D>(lossOf(options.loss, parts)),
  ),
  'pgd-at': entry('PGD adversarial training', {loss, attackMode}, ({loss, ...rest}, parts) =>
    pgdTraining<tf.Tensor4D>({...rest, ...lossOf(loss, parts), attack: parts.attack}),
  ),
  'at-bsl': entry(
    'PGD adversarial training with balanced softmax, for long tails',
    {tau: number, attackMode},
    (options, {classCounts, attack}) => atBslTraining({...options, classCounts, attack}),
  ),
  trades: entry(
    'TRADES: the divergence from the clean answer, ascended and descended',
    {beta: number, loss, attackMode, passes},
    ({loss, ...rest}, parts) =>
      tradesTraining<tf.Tensor4D>({...rest, ...lossOf(loss, parts), attack: parts.attack}),
  ),
  alp: entry(
    'ALP: clean and attacked images, whose logits are pulled together',
    {lambda: number, loss, attackMode},
    ({loss, ...rest}, parts) =>
      alpTraining<tf.Tensor4D>({...rest, ...lossOf(loss, parts), attack: parts.attack}),
  ),
  mart: entry(
    'MART: boosted cross-entropy, and a divergence weighted by doubt',
    {lambda: number, attackMode},
    (options, {attack}) => martTraining<tf.Tensor4D>({...options, attack}),
  ),
  ard: entry(
    "ARD: on attacked images the robust teacher's answer to the clean ones",
    {teacher, alpha: number, temperature: number, classReduction, attackMode, passes},
    ({teacher, ...rest}, parts) =>
      ardTraining({...rest, teacher: parts.teacher(teacher), attack: parts.attack}),
  ),
  rslad: entry(
    "RSLAD: the teacher's clean answer in attack and loss",
    {teacher, weight: number, classReduction, attackMode},
    ({teacher, ...rest}, parts) =>
      rsladTraining({...rest, teacher: parts.teacher(teacher), attack: parts.attack}),
  ),
  adaad: entry(
    'AdaAD: inputs at which student and teacher differ most',
    {teacher, lambda: number, classReduction, attackMode, passes},
    ({teacher, ...rest}, parts) =>
      adaAdTraining({...rest, teacher: parts.teacher(teacher), attack: parts.attack}),
  ),
  robal: entry(
    "RoBal: margins and a prior on cosines; needs a model with a cosine head, and the head 'adjusted'",
    {
      ...{margin: number, scale: number, priorTau: number, marginTau: number},
      ...{adversarialWeight: number, naturalWeight: number, regularization: number},
      ...{attackMode, passes},
    },
    (options, {classCounts, attack}) => robalTraining({...options, classCounts, attack}),
  ),
  reat: entry(
    "REAT: an attack weighted by last epoch's predictions, and a loss of tail features",
    {
      ...{tailWeight: number, tailFrom: number, maxRatio: number, attackMode},
      mode: oneOf('repo', 'pairwise'),
    },
    (options, {classCounts, attack}): Method => reatTraining({...options, classCounts, attack}),
  ),
  harl: entry(
    'TAET: clean training, then the hierarchical loss HARL',
    {
      ...{meanWeight: number, varianceWeight: number, shareWeight: number, cleanEpochs: number},
      ...{absent: oneOf('zero', 'skip'), attackMode, passes},
    },
    (options, {attack}) => harlTraining<tf.Tensor4D>({...options, attack}),
  ),
  ldam: entry(
    'LDAM-DRW on attacked images: larger margins for rare classes, re-weighted late',
    {
      ...{maxMargin: number, scale: number, power: number},
      ...{plainShare: number, beta: number, attackMode},
    },
    (options, {classCounts, attack}) => ldamTraining({...options, classCounts, attack}),
  ),
  'fast-at': entry(
    'fast adversarial training: one large step from a random start',
    {epsilon: number, stepSize: number, clip, loss, attackMode},
    ({loss, ...rest}, parts) => fastAt<tf.Tensor4D>({...rest, ...lossOf(loss, parts)}),
  ),
  'free-at': entry(
    'free adversarial training: one gradient for weights and perturbation, replayed',
    {replays: number, epsilon: number, clip, loss},
    ({loss, ...rest}, parts): Method => freeAt({...rest, ...lossOf(loss, parts)}),
  ),
  'self-distillation': entry(
    "the paper's student: AT-BSL, distilled from a balanced teacher by gradient matching",
    {
      teacher,
      kd: oneOf('igdm', 'kl-adv', 'kl-clean-teacher', 'igdm+kl-adv', 'none'),
      ...{alpha: number, temperature: number, tau: number},
      alphaSchedule: oneOf('linear', 'constant'),
      hardLoss: oneOf('bsl', 'ce'),
      igdmDistance: oneOf('kl', 'l2', 'l1'),
      ...{igdmBeta: number, igdmGamma: number, igdmClip: clip, extraCleanForward: boolean},
    },
    ({teacher, ...rest}, parts) => {
      const {classCounts, attack} = parts;
      return selfDistillationTraining({
        ...{...rest, classCounts, attack},
        teacher: parts.teacher(teacher),
      });
    },
  ),
  'switch-at': entry(
    'one method up to an epoch, another from it on',
    {epoch: v.number(), before: nested, after: nested},
    ({epoch, before, after}, {method}) => switchAt(epoch, method(before), method(after)),
  ),
} satisfies Table<MethodParts, Method>;

/** Methods that make their adversarial inputs themselves, or none: an attack is not for them. */
export const WITHOUT_ATTACK: readonly string[] = ['natural', 'fast-at', 'free-at'];
