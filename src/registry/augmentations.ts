import {withIdentity} from '../core/identity';
import type {AsyncAugmentation, Augmentation} from '../data/augment/augmentation';
import {autoAugment} from '../data/augment/autoAugment';
import {cropAndFlip} from '../data/augment/cropAndFlip';
import {cutout} from '../data/augment/cutout';
import {randAugment} from '../data/augment/randAugment';
import {entriesOf, number, oneOf, type Table} from './entry';

type Augment = Augmentation | AsyncAugmentation;

const entry = entriesOf<object, Augment>();
const dataFormat = oneOf('channelsLast', 'channelsFirst');
const named = (name: string, options: object, augment: Augment): Augment =>
  withIdentity(augment, {name, ...options});

/** Random changes of the images of a batch, in turn. */
export const AUGMENTATIONS = {
  'crop-and-flip': entry(
    'random crops of padded images, and flips',
    {padding: number, flip: number, dataFormat},
    (options) => named('cropAndFlip', options, cropAndFlip(options)),
  ),
  'rand-augment': entry(
    'RandAugment, by default 2 operations of strength 8',
    {operations: number, magnitude: number, bins: number, dataFormat},
    (options) => named('randAugment', options, randAugment(options)),
  ),
  'auto-augment': entry("AutoAugment's policy for CIFAR-10", {dataFormat}, (options) =>
    named('autoAugment', options, autoAugment(options)),
  ),
  cutout: entry('an empty square', {size: number, dataFormat}, (options) =>
    named('cutout', options, cutout(options)),
  ),
} satisfies Table<object, Augment>;
