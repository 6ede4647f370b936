import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {afterAll, describe, expect, it} from 'vitest';

import {structureOf} from '../../scripts/structureOf';
import {temporaryFolder} from '../support/temporaryFolder';
import {ROOT} from './sources';

describe('src', () => {
  const structure = structureOf(path.join(ROOT, 'src'));

  it('has no import cycle, and no function beyond 80 lines', () => {
    expect(structure.cyclicImports).toEqual([]);
    expect(structure.functionsOver80Lines, structure.longestFunctions.join('\n')).toBe(0);
  });

  // docs/decisions/011: half of what there were before the second plan, in three times the code.
  it('has no more than 341 type assertions', () => {
    expect(structure.assertions).toBeLessThanOrEqual(341);
  });
});

describe('structureOf', () => {
  const folder = temporaryFolder();
  afterAll(() => {
    folder.remove();
  });

  it('counts what there is, and leaves out barrels and built modules', () => {
    const files = {
      'core/a.ts': "import {b} from './b';\nexport const a = b as unknown as string;\n",
      'core/b.ts':
        "import {a} from './a';\nexport const b = () => a;\nexport const c = [1] as const;\n",
      'losses/long.ts': `import {a} from '../core/a';\nexport function long() {\n${'  a;\n'.repeat(80)}}\n`,
      'attacks/top.ts':
        "import {long} from '../losses/long';\nimport {a} from '../core/a';\nlong(), a;\n",
      'attacks/index.ts': "export {long} from '../losses/long';\n",
      'kernels/wasm/generated/sumModule.ts': 'export const MODULE = 1 as number;\n',
      'index.ts': "export * from './attacks/index';\n",
    };
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder.path, name);
      mkdirSync(path.dirname(file), {recursive: true});
      writeFileSync(file, text);
    }
    expect(structureOf(folder.path)).toMatchObject({
      ...{rooms: 3, floors: 3, files: 4, roomArrows: 3, cycles: 1, assertions: 2},
      cyclicImports: ['core/b.ts -> core/a.ts'],
      ...{medianFile: 3, longestFile: 83, functionsOver80Lines: 1, lines: 2 + 3 + 83 + 3},
      longestFunctions: ['long (losses/long.ts): 82', 'b (core/b.ts): 1'],
    });
  });
});
