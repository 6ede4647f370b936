import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {expect, it} from 'vitest';

import {ROOT} from '../package/sources';

const text = readFileSync(path.join(ROOT, 'docs/contributing.md'), 'utf8');

/** Files and folders that it names, but for those that a newcomer or a build makes. */
const named = [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)]
  .map(([, name = '']) => name)
  .filter((name) => !/\/your[A-Z]|^docs\/(api|\.vitepress\/dist)$/.test(name));

it('names files that are there', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

it.each(['method', 'wrapper', 'attack', 'loss', 'sampler', 'model', 'dataset', 'kernel'])(
  'has a recipe for a %s: files, a table of tests, a commit to copy from',
  (kind) => {
    const [, recipe = ''] = text.split(new RegExp(`^### an? ${kind}$`, 'm'));
    const [own = ''] = recipe.split(/^### /m);
    expect(own).toContain('| step | where |');
    expect(own).toMatch(/`test\/(contracts|kernels)\/|`test\/support\/networks\.ts`/);
    expect(own).toMatch(/[Cc]ommit\s[0-9a-f]{7}\b/);
  },
);
