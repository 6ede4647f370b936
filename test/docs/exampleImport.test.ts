import {describe, expect, it} from 'vitest';

import {exampleWithImports, publicNames, withImports} from '../../scripts/exampleImport';

const known = new Map([
  ['pgdAttack', {module: 'lt-robust', isType: false}],
  ['createRng', {module: 'lt-robust', isType: false}],
  ['Attack', {module: 'lt-robust', isType: true}],
  ['arrayDataset', {module: 'lt-robust/data', isType: false}],
  ['model', {module: 'lt-robust', isType: false}],
]);
const made = (code: string) => exampleWithImports(code, known);

describe('the imports of an example', () => {
  it('are those of the names that it uses', () => {
    expect(made('const attack: Attack = pgdAttack;\ntf.add(1, 2);\narrayDataset(createRng);')).toBe(
      [
        "import * as tf from '@tensorflow/tfjs-core';",
        "import {type Attack, createRng, pgdAttack} from 'lt-robust';",
        "import {arrayDataset} from 'lt-robust/data';",
        '',
        'const attack: Attack = pgdAttack;\ntf.add(1, 2);\narrayDataset(createRng);',
      ].join('\n'),
    );
    expect(made('declare const a: Attack;')).toBe(
      "import type {Attack} from 'lt-robust';\n\ndeclare const a: Attack;",
    );
  });

  it('leave out what it declares, keys, properties and shadowing parameters', () => {
    for (const code of [
      'const pgdAttack = 1;\npgdAttack;',
      'f({createRng: 1}).createRng;',
      'g((createRng) => createRng);',
      'const {createRng} = h();\ncreateRng();',
    ]) {
      expect(made(code)).toBe(code);
    }
    expect(made('f({createRng});')).toContain("import {createRng} from 'lt-robust';");
  });

  it('take layers from tfjs-layers, under another name where it has that one', () => {
    expect(made('const m: tf.LayersModel = tf.sequential();')).toBe(
      "import {type LayersModel, sequential} from '@tensorflow/tfjs-layers';\n\n" +
        'const m: LayersModel = sequential();',
    );
    expect(made('const model = tf.model({});')).toBe(
      "import * as tfl from '@tensorflow/tfjs-layers';\n\nconst model = tfl.model({});",
    );
  });

  it('are stable, and lose what is no longer used', () => {
    const once = made('tf.add(createRng, 1);');
    expect(made(once)).toBe(once);
    expect(made(`import {pgdAttack} from 'lt-robust';\nimport fs from 'node:fs';\n\nfs;`)).toBe(
      "import fs from 'node:fs';\n\nfs;",
    );
    expect(made("import '@tensorflow/tfjs-backend-cpu';\n\ntf.add(1, 1);")).toBe(
      "import '@tensorflow/tfjs-backend-cpu';\nimport * as tf from '@tensorflow/tfjs-core';\n\ntf.add(1, 1);",
    );
  });

  it('stand in the docstring, and nowhere else', () => {
    const text = '/**\n * @example\n * ```ts\n * createRng(1);\n * ```\n */\ncreateRng();\n';
    expect(withImports(text, known)).toBe(
      "/**\n * @example\n * ```ts\n * import {createRng} from 'lt-robust';\n *\n * createRng(1);\n * ```\n */\ncreateRng();\n",
    );
  });

  it('come from the root where the root has them', () => {
    const files: Record<string, string> = {
      'src/index.ts': "export * from './attacks/index';\nexport type {Model} from './core/x';",
      'src/attacks/index.ts': "export {pgdAttack, type Options} from './pgd';",
      'src/data/index.ts': "export {pgdAttack, arrayDataset} from './x';",
    };
    const names = publicNames((file) => files[file] ?? '');
    expect(Object.fromEntries(names)).toEqual({
      pgdAttack: {module: 'lt-robust', isType: false},
      Options: {module: 'lt-robust', isType: true},
      Model: {module: 'lt-robust', isType: true},
      arrayDataset: {module: 'lt-robust/data', isType: false},
    });
  });
});
