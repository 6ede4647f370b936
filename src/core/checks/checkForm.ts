import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {checkClip} from '../threatModel';
import {isList} from './checkNumbers';
import {checkOneOf} from './checkOneOf';
import {checkPosition} from './checkParts';
import {checkRng} from './checkRng';

const has = (value: unknown, name: string): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';

/** Throws unless `value` is a function. */
export function checkFunction(
  where: string,
  argument: string,
  value: unknown,
  remedy = 'Pass a function, or leave it out.',
): void {
  const isClass =
    typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
  if (typeof value === 'function' && !isClass) return;
  throw new InvalidArgumentError({
    ...{where, argument, remedy},
    expected: 'be a function',
    found: describeValue(value),
  });
}

/** Throws unless `value` is true or false: `'false'` would count as true, and 0 as false. */
export function checkFlag(where: string, argument: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be true or false',
    found: describeValue(value),
    remedy:
      value === 'true' || value === 'false'
        ? `Write ${value}, without quotes.`
        : 'Write true or false, or leave it out for the default.',
  });
}

/** Throws unless `value` is a string. */
export function checkText(where: string, argument: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be a string',
    found: describeValue(value),
    remedy: 'Pass a string.',
  });
}

/** Throws unless `value` is an AbortSignal, from any realm. */
export function checkSignal(where: string, argument: string, value: unknown): void {
  if (has(value, 'throwIfAborted') && has(value, 'addEventListener')) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be an AbortSignal',
    found: describeValue(value),
    remedy:
      value instanceof AbortController
        ? 'Pass the signal of your AbortController: controller.signal.'
        : 'Make one by new AbortController(), and pass its signal.',
  });
}

/** Throws unless `value` is a list of strings. */
export function checkTexts(where: string, argument: string, value: unknown): void {
  if (Array.isArray(value) && Array.from(value, (each) => typeof each).every(isText)) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be an array of strings',
    found: describeValue(value),
    remedy: "Pass one such as ['cat', 'dog'].",
  });
}

const isText = (type: string): boolean => type === 'string';

/** Throws unless `value` is a loss: a function, or `{atInput}`. */
export function checkLoss(where: string, argument: string, value: unknown): void {
  if (has(value, 'atInput')) return;
  const name = typeof value === 'function' ? value.name : '';
  if (name.endsWith('__op')) {
    throw new InvalidArgumentError({
      ...{where, argument},
      expected: 'be a function of logits and class numbers to one value per example',
      found: `TensorFlow.js's ${name.slice(0, -'__op'.length)}`,
      remedy: 'Pass crossEntropy, or a function of your own that calls it.',
    });
  }
  checkFunction(
    where,
    argument,
    value,
    'Pass one such as crossEntropy: (logits, labels) to one value per example.',
  );
}

type Check = (where: string, argument: string, value: unknown, fallback: unknown) => void;

// A tensor, of whichever copy of tfjs, or a list.
const hasValues = (value: unknown): boolean =>
  isList(value) || (typeof value === 'object' && value !== null && 'dataId' in value);

const isNumber = (value: unknown): boolean => typeof value === 'number';

const isCallback: Check = (where, argument, value) => {
  checkFunction(where, argument, value);
};

// Options that mean the same in every function. Their contents are checked where they are used.
const BY_NAME: Readonly<Record<string, Check>> = {
  rng: (where, _, value) => {
    checkRng(where, value, 'all randomness comes from it');
  },
  signal: checkSignal,
  onProgress: isCallback,
  onWarning: isCallback,
  onEpoch: isCallback,
  evaluate: isCallback,
  batches: isCallback,
  augment: isCallback,
  decode: isCallback,
  attack: isCallback,
  // An attack that knows losses by name checks the names itself.
  loss: (where, argument, value, fallback) => {
    if (typeof value !== 'string' || typeof fallback === 'function')
      checkLoss(where, argument, value);
  },
  position: checkPosition,
  // Its ends may have a value for each feature: these are checked together with the input.
  clip: (where, argument, value) => {
    const ends = isList(value) && value.length === 2 ? Array.from(value) : [];
    const areByFeature =
      ends.some(hasValues) && ends.every((end) => hasValues(end) || isNumber(end));
    if (!areByFeature) checkClip(where, argument, value);
  },
  mask: (where, argument, value) => {
    if (hasValues(value)) return;
    throw new InvalidArgumentError({
      ...{where, argument},
      expected: 'be a tensor or nested arrays of 0 and 1, one for each feature',
      found: describeValue(value),
      remedy: 'Pass 1 for what may change, 0 for what must stay.',
    });
  },
  norm: (where, argument, value) => {
    checkOneOf(where, argument, value, ['linf', 'l2']);
  },
  dataFormat: (where, argument, value) => {
    checkOneOf(where, argument, value, ['channelsLast', 'channelsFirst']);
  },
  head: (where, argument, value, fallback) => {
    if (fallback === undefined) checkFunction(where, argument, value);
  },
  optimizer: (where, argument, value) => {
    const example =
      'Write optimizer: () => sgd({learningRate: 0.1}), or () => tf.train.adam(0.001).';
    checkFunction(where, argument, value, example);
  },
  selectBy: checkText,
  phase: checkText,
  checkpointKey: checkText,
  source: checkText,
  ...{imageSource: checkText, labelSource: checkText, folder: checkText, name: checkText},
  ...{title: checkText, summary: checkText, command: checkText, teacherKey: checkText},
  nameMap: isCallback,
  createModel: isCallback,
  classNames: checkTexts,
};

/**
 * Throws unless an option has the form that it has everywhere, by its name or by its default's type:
 * a default of true or false makes it a flag, a function one a callback.
 */
export function checkForm(where: string, option: string, value: unknown, fallback: unknown): void {
  const check = Object.hasOwn(BY_NAME, option) ? BY_NAME[option] : undefined;
  if (check !== undefined) check(where, option, value, fallback);
  else if (typeof fallback === 'boolean') checkFlag(where, option, value);
  else if (typeof fallback === 'function') checkFunction(where, option, value);
}
