import fc from 'fast-check';
import {expect} from 'vitest';

import {
  memoryCheckpoints,
  type CheckpointStore,
  type CheckpointValue,
} from '../../src/core/checkpoint';
import {isCheckpointMismatchError, isInvalidArgumentError} from '../../src/core/errors';
import {expectNoLeak} from './tensors';

/** A value with one place of it changed, and what was done where. */
export interface Mutation {
  readonly what: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

const circular = (): object => {
  const value: {self?: unknown} = {};
  value.self = value;
  return value;
};

/** What somebody might put in the place of a value. */
const REPLACEMENTS: readonly (readonly [string, () => unknown])[] = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['true', () => true],
  ["'text'", () => 'text'],
  ['-5', () => -5],
  ['1e9', () => 1e9],
  ['0.5', () => 0.5],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['1e300', () => 1e300],
  ['[]', () => []],
  ['{}', () => ({})],
  ['[null]', () => [null]],
  ['{length: 1}', () => ({length: 1})],
  ['a Map', () => new Map()],
  ['10n', () => 10n],
  ['a circle', circular],
  ['new Float32Array(2)', () => new Float32Array(2)],
  ['new Float64Array(1)', () => new Float64Array(1)],
];

const isParent = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

/** The paths to the values in `value`; of a list, to the first and the last entry. */
export function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (!isParent(value)) return [path];
  const names = Object.keys(value);
  const some = Array.isArray(value)
    ? [...new Set([names[0], names.at(-1)])].filter((name) => name !== undefined)
    : names;
  return [path, ...some.flatMap((name) => pathsIn(value[name], [...path, name]))];
}

/** A copy of `value` in which the parent of `path` was changed by `change`. */
function changedAt(
  value: unknown,
  path: readonly string[],
  change: (parent: Record<string, unknown>, name: string) => void,
): unknown {
  const copy: Record<string, unknown> = structuredClone({root: value});
  let parent = copy;
  let name = 'root';
  for (const next of path) {
    parent = parent[name] as Record<string, unknown>;
    name = next;
  }
  change(parent, name);
  return copy['root'];
}

/** Every single change: another value in each place, a part left out, a part too many. */
export function mutationsOf(value: unknown): Mutation[] {
  return pathsIn(value).flatMap((path): Mutation[] => {
    const at = (what: string, change: Parameters<typeof changedAt>[2]) => ({
      ...{what: `${path.join('.') || 'all'} ${what}`, path},
      value: changedAt(value, path, change),
    });
    const replaced = REPLACEMENTS.map(([what, make]) =>
      at(`= ${what}`, (parent, name) => {
        parent[name] = make();
      }),
    );
    const removed = at('left out', (parent, name) => {
      if (Array.isArray(parent)) parent.splice(Number(name), 1);
      else Reflect.deleteProperty(parent, name);
    });
    const current = path.reduce<unknown>(
      (part, name) => (part as Record<string, unknown>)[name],
      value,
    );
    const extra = (name: string) =>
      at(`with ${name}`, (parent, at_) => {
        const child = parent[at_] as Record<string, unknown>;
        Object.defineProperty(child, name, {value: {polluted: true}, enumerable: true});
      });
    const isTable = isParent(current) && !Array.isArray(current);
    return [
      ...replaced,
      ...(path.length === 0 ? [] : [removed]),
      ...(isTable ? ['extra', '__proto__', 'constructor'].map(extra) : []),
    ];
  });
}

/**
 * Expects that an evaluation goes on from a changed checkpoint or refuses it by a typed error, and leaves no tensors.
 *
 * @param saved - What the evaluation saved.
 * @param key - The key that it saves under.
 * @param evaluate - Goes on with the evaluation from a store.
 */
export async function expectRefusals(
  saved: unknown,
  key: string,
  evaluate: (store: CheckpointStore) => Promise<unknown>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...mutationsOf(saved)), async ({value}) => {
      const store = memoryCheckpoints();
      await store.save(key, value as CheckpointValue);
      await expectNoLeak(async () => {
        const refusal: unknown = await evaluate(store).then(
          () => undefined,
          (reason: unknown) => ({reason}),
        );
        if (refusal === undefined) return;
        const {reason} = refusal as {reason: unknown};
        expect(isInvalidArgumentError(reason) || isCheckpointMismatchError(reason)).toBe(true);
      });
    }),
    {numRuns: 60, seed: 3},
  );
}
