import {describe, expect, it} from 'vitest';

import {floorProblems} from './floors';
import {readSources} from './sources';

const problemsOf = (files: Record<string, string>) => floorProblems(new Map(Object.entries(files)));

describe('the floors of src', () => {
  it('hold', () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(15);
    expect(floorProblems(sources)).toEqual([]);
  });
});

describe('floorProblems', () => {
  it('accepts lower floors, the own folder and allowed packages', () => {
    const problems = problemsOf({
      'core/a.ts': "import * as tf from '@tensorflow/tfjs-core';\nimport 'pure-rand/x/y';",
      'losses/b.ts': "import {a} from '../core/a';",
      'losses/c.ts': "import type {b} from './b';",
      'losses/index.ts': "export {b} from './b';",
      'models/d.ts': "import '@tensorflow/tfjs-layers';",
      'node/e.ts': "import {readFile} from 'node:fs/promises';",
      'index.ts': "export {b} from './losses/b';",
    });
    expect(problems).toEqual([]);
  });

  it('refuses a higher floor, a neighbour, and a type import of either', () => {
    const problems = problemsOf({
      'core/a.ts': "import {b} from '../losses/b';",
      'losses/b.ts': '',
      'samplers/c.ts': "import type {b} from '../losses/b';",
      'metrics/d.ts': "export {b} from '../losses/b';",
    });
    expect(problems).toEqual([
      'core/a.ts: may not import losses/b.ts',
      'samplers/c.ts: may not import losses/b.ts',
      'metrics/d.ts: may not import losses/b.ts',
    ]);
  });

  it('refuses a cycle inside one folder', () => {
    const problems = problemsOf({
      'core/a.ts': "import {b} from './b';",
      'core/b.ts': "import {c} from './c';",
      'core/c.ts': "import type {a} from './a';",
    });
    expect(problems).toEqual(['cycle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts']);
  });

  it('refuses an imported barrel, written either way', () => {
    const problems = problemsOf({
      'core/a.ts': '',
      'losses/index.ts': '',
      'attacks/b.ts': "import {x} from '../losses';",
      'attacks/c.ts': "import {x} from '../losses/index';",
    });
    expect(problems).toEqual([
      'attacks/b.ts: imports the barrel losses/index.ts',
      'attacks/c.ts: imports the barrel losses/index.ts',
    ]);
  });

  it('refuses tfjs-layers outside models and node:* outside node, also dynamically', () => {
    const problems = problemsOf({
      'attacks/a.ts': "import type * as layers from '@tensorflow/tfjs-layers';",
      'data/b.ts': "await import('node:fs');",
      'samplers/c.ts': "import * as tf from '@tensorflow/tfjs-core';",
    });
    expect(problems).toEqual([
      'attacks/a.ts: may not import the package @tensorflow/tfjs-layers',
      'data/b.ts: may not import the package node:fs',
      'samplers/c.ts: may not import the package @tensorflow/tfjs-core',
    ]);
  });

  it('refuses a root that reaches tfjs-layers or node:*', () => {
    const problems = problemsOf({
      'models/a.ts': "import '@tensorflow/tfjs-layers';",
      'index.ts': "export {a} from './models/a';",
    });
    expect(problems).toEqual(['index.ts: loads @tensorflow/tfjs-layers by way of models/a.ts']);
  });

  it('refuses a folder without a floor and an import that leads nowhere', () => {
    const problems = problemsOf({'misc/a.ts': '', 'core/b.ts': "import {x} from './gone';"});
    expect(problems).toEqual([
      'misc/a.ts: "misc" has no floor',
      'core/b.ts: imports ./gone, which does not exist',
    ]);
  });
});
