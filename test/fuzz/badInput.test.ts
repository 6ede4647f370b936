// All public functions, all their arguments and options, all bad values: each is refused by a typed
// error, or is right. FUZZ_ALL=1 tries every combination; otherwise a sample, the same each time.
// FUZZ_PART=2/8 takes every eighth function, from the second on. FUZZ_REPORT=FILE keeps the faults and,
// for each function, how many combinations were tried: docs/contributing.md says how to add them up.
import {appendFileSync} from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {BAD_VALUES} from './badValues';
import {CALLS} from './calls';
import type {Call} from './call';
import type {Kind} from './kinds';
import {untold} from './wellTold';

const TYPED =
  /^(InvalidArgument|CheckpointMismatch|DataFormat|MissingGradients|NonFiniteLoss|UnusableGradient|NotRobust)Error$/;
// A file to which what was found is written, too.
const REPORT = process.env['FUZZ_REPORT'] ?? '';
const isAll = process.env['FUZZ_ALL'] === '1';
const [part, parts] = (process.env['FUZZ_PART'] ?? '1/1').split('/').map(Number) as [
  number,
  number,
];
// Of a function's combinations.
const SAMPLE = 40;

// Options that a function takes out, before it hands the others on.
const APART: Readonly<Record<string, readonly string[]>> = {
  estimateCost: ['survivors'],
  queueEvaluation: ['shards'],
  trainPreset: ['rng'],
};

interface Try {
  readonly what: string;
  readonly kind: Kind | undefined;
  readonly make: () => unknown;
  readonly args: (value: unknown) => unknown[];
}

const valuesOf = (options: Call['options'], isWanted: (kind: Kind) => boolean) =>
  Object.fromEntries(
    Object.entries(options ?? {}).flatMap(([name, kind]) =>
      isWanted(kind) ? [[name, kind.valid()]] : [],
    ),
  );

const aborted = (): AbortSignal => AbortSignal.abort(new Error('aborted on purpose'));

function baseArgs({args, options, isLong}: Call): unknown[] {
  const base = valuesOf(options, (kind) => kind.base === true);
  const given = isLong ? {...base, signal: aborted()} : base;
  return [...args.map(([, kind]) => kind.valid()), ...(options === undefined ? [] : [given])];
}

function triesOf(call: Call): Try[] {
  const {args, options} = call;
  const bad = (what: string, kind: Kind | undefined, place: Try['args']): Try[] =>
    BAD_VALUES.map(({name, make}) => ({what: `${what} = ${name}`, kind, make, args: place}));
  const inArguments = args.flatMap(([name, kind], i) =>
    bad(name, kind, (value) => baseArgs(call).map((arg, j) => (j === i ? value : arg))),
  );
  if (options === undefined) return inArguments;
  const needs = Object.values(options).some((kind) => kind.required === true);
  const whole: Kind = {
    valid: () => ({}),
    isRight: (value) => !needs && (value === undefined || isBare(value)),
  };
  const inOptions = Object.entries(options).flatMap(([name, kind]) => {
    const optional: Kind = {
      ...kind,
      isRight: (value) => (value === undefined && kind.required !== true) || kind.isRight(value),
    };
    return bad(name, optional, (value) => {
      const all = baseArgs(call);
      return [...all.slice(0, -1), {...(all.at(-1) as object), [name]: value}];
    });
  });
  const asOptions = bad('options', whole, (value) => [...baseArgs(call).slice(0, -1), value]);
  return [...inArguments, ...inOptions, ...asOptions];
}

// An empty object of no class: no options.
const isBare = (value: unknown): boolean => {
  try {
    const made: unknown = Object.getPrototypeOf(value);
    return (
      Object.keys(value as object).length === 0 && (made === null || made === Object.prototype)
    );
  } catch {
    return false;
  }
};

// A revoked proxy answers nothing: then it is not right.
function asked(question: () => boolean): boolean {
  try {
    return question();
  } catch {
    return false;
  }
}

async function dispose(value: unknown): Promise<void> {
  try {
    const held: unknown = value instanceof Promise ? await value : value;
    if (held instanceof tf.Tensor && !held.isDisposed) held.dispose();
  } catch {
    // A revoked proxy cannot be asked what it is.
  }
}

// Tensors that were made; a classifier holds the variables of its model, and they stay.
function disposeResult(result: unknown): void {
  if (result instanceof tf.Tensor) result.dispose();
  else if (typeof result === 'object' && result !== null && !('variables' in result)) {
    for (const part of Object.values(result)) if (part instanceof tf.Tensor) part.dispose();
  }
}

type Outcome = 'taken' | 'refused' | `raw: ${string}`;

async function outcomeOf({fn, isLong}: Call, args: unknown[]): Promise<Outcome> {
  try {
    const result = await fn(...(args as never[]));
    // A new network; one that was made from another shares its weights.
    const isNew = !args.some((arg) => arg instanceof layers.LayersModel);
    if (isNew && result instanceof layers.LayersModel) result.dispose();
    if (!args.includes(result)) disposeResult(result);
    return 'taken';
  } catch (error) {
    if (!(error instanceof Error)) return `raw: ${typeof error}`;
    if (isLong && error.message === 'aborted on purpose') return 'taken';
    const missing = untold(error);
    return TYPED.test(error.name) && missing === undefined
      ? 'refused'
      : `raw: ${missing ?? error.name}: ${error.message.slice(0, 220)}`;
  }
}

async function faultOf(call: Call, {what, kind, make, args}: Try): Promise<string | undefined> {
  const value = make();
  try {
    if (asked(() => kind?.skip?.(value) === true)) return undefined;
    const isRight = asked(() => kind?.isRight(value) ?? false);
    if (call.isUnrun && isRight) return undefined;
    const before = tf.memory().numTensors;
    const outcome = await outcomeOf(call, args(value));
    const left = tf.memory().numTensors - before;
    if (outcome.startsWith('raw')) return `${call.name}: ${what}: ${outcome}`;
    if (outcome === 'taken' && !isRight) return `${call.name}: ${what}: taken`;
    if (outcome === 'refused' && left > 0) return `${call.name}: ${what}: ${left} tensors left`;
    return undefined;
  } finally {
    await dispose(value);
  }
}

const sampled = (call: Call): Try[] => {
  const tries = triesOf(call);
  if (isAll || tries.length <= SAMPLE) return tries;
  const rng = createRng(11).fork(call.name);
  return Array.from({length: SAMPLE}, () => tries[rng.integer(tries.length)] as Try);
};

const report = (lines: readonly string[]): void => {
  if (REPORT !== '') appendFileSync(REPORT, lines.map((line) => `${line}\n`).join(''));
};

const ours = CALLS.filter((_, i) => i % parts === part - 1);

describe.each(ours.map((call) => [call.name, call] as const))('%s', (_, call) => {
  it.skipIf(call.isUnrun)('works with what is right', async () => {
    expect(await outcomeOf(call, baseArgs(call))).toBe('taken');
    if (call.options === undefined) return;
    for (const [name, kind] of Object.entries(call.options)) {
      const all = baseArgs(call);
      const args = [...all.slice(0, -1), {...(all.at(-1) as object), [name]: kind.valid()}];
      expect([name, await outcomeOf(call, args)]).toEqual([name, 'taken']);
    }
  });

  it('knows these options, and no other', async () => {
    if (call.options === undefined) return;
    const all = baseArgs(call);
    const args = [...all.slice(0, -1), {...(all.at(-1) as object), noSuchOption: 1}];
    const error: unknown = await Promise.resolve()
      .then(() => call.fn(...(args as never[])))
      .catch((reason: unknown) => reason);
    const message = error instanceof Error ? error.message : 'nothing was thrown';
    const known = /one of its options \(([^)]*)\)/.exec(message)?.[1]?.split(', ') ?? [message];
    const own = APART[call.name] ?? [];
    const expected = Object.keys(call.options).filter((name) => !own.includes(name));
    expect(known.sort()).toEqual(expected.sort());
  });

  it('refuses the rest by a typed error', async () => {
    const faults: string[] = [];
    const tries = sampled(call);
    for (const each of tries) {
      const fault = await faultOf(call, each);
      if (fault !== undefined) faults.push(fault);
    }
    report([...faults, `# ${call.name}: ${tries.length} tried, ${faults.length} faults`]);
    expect(faults).toEqual([]);
  }, 3_600_000);
});
