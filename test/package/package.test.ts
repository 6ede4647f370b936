import {readFileSync} from 'node:fs';
import path from 'node:path';

import {build} from 'esbuild';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {installPacked, type Consumer} from './consumer';
import {ROOT, publicFolders} from './sources';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly jsdelivr: string;
  readonly unpkg: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
const BROWSER_FILE = './dist/lt-robust.browser.js';
const entries = ['lt-robust', ...publicFolders().map((folder) => `lt-robust/${folder}`)];

let consumer: Consumer;
beforeAll(() => {
  consumer = installPacked();
});
afterAll(() => {
  consumer.remove();
});

const lines = (...code: readonly string[]) => `${code.join('\n')}\n`;

// The names that each entry exports, loaded by `load` ("import" or "require").
const listNames = (load: (entry: string) => string) =>
  entries.map((entry) => `names['${entry}'] = Object.keys(${load(entry)}).sort();`);

const ATTACK = [
  'const model = (x) => tf.matMul(x, tf.tensor2d([[1, -1]]));',
  "const labels = tf.tensor1d([0], 'int32');",
  'const adversarial = pgdAttack(model, tf.tensor2d([[0.5]]), labels, {epsilon: 0.25});',
  'const value = adversarial.dataSync()[0];',
  'const isTheirs = adversarial instanceof tf.Tensor;',
];

// tf-core keeps its engine in a global: two copies would share it, so loaded files are counted.
const COPIES =
  "Object.keys(require.cache).filter((file) => file.endsWith('tf-core.node.js')).length";

describe('the manifest', () => {
  it('has an export for the root, for each public folder and for itself', () => {
    const file = (folder: string, ending: string) =>
      `./dist/${[folder, 'index'].filter(Boolean).join('/')}.${ending}`;
    const entryOf = (folder: string) => ({
      import: {types: file(folder, 'd.ts'), default: file(folder, 'js')},
      require: {types: file(folder, 'd.cts'), default: file(folder, 'cjs')},
    });
    expect(manifest.exports).toEqual({
      '.': entryOf(''),
      ...Object.fromEntries(publicFolders().map((folder) => [`./${folder}`, entryOf(folder)])),
      './package.json': './package.json',
    });
  });

  it('has one file for pages without a bundler', () => {
    expect([manifest.jsdelivr, manifest.unpkg]).toEqual(Array(2).fill(BROWSER_FILE));
    expect(consumer.files).toContain(BROWSER_FILE.slice(2));
  });

  it('has one dependency, and tfjs as peers; the command carries what it needs', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['pure-rand']);
    expect(manifest.peerDependencies).toMatchObject({
      '@tensorflow/tfjs-core': '^4.2.0',
      '@tensorflow/tfjs-layers': '^4.2.0',
    });
  });
});

describe('the packed tarball', () => {
  it('holds the build, the licence and what a reader needs, nothing else', () => {
    const others = consumer.files.filter(
      (file) => !/^dist\/[\w/-]+(\.browser)?\.(js|cjs|d\.ts|d\.cts)$/.test(file),
    );
    expect(others.filter((file) => file !== 'README.md')).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'SECURITY.md',
      'dist/THIRD_PARTY_LICENSES.txt',
      'package.json',
    ]);
  });

  it('gives the same names to ESM and CommonJS, and an attack that works', () => {
    const esm = consumer.run(
      'esm.mjs',
      lines(
        "import {createRequire} from 'node:module';",
        "import * as tf from '@tensorflow/tfjs-core';",
        "import '@tensorflow/tfjs-layers';",
        "import '@tensorflow/tfjs-backend-cpu';",
        "import {pgdAttack} from 'lt-robust';",
        'const require = createRequire(import.meta.url);',
        'const names = {};',
        ...listNames((entry) => `await import('${entry}')`),
        ...ATTACK,
        `console.log(JSON.stringify({names, value, isTheirs, copies: ${COPIES}}));`,
      ),
    );
    const cjs = consumer.run(
      'cjs.cjs',
      lines(
        "const tf = require('@tensorflow/tfjs-core');",
        "require('@tensorflow/tfjs-layers');",
        "require('@tensorflow/tfjs-backend-cpu');",
        "const {pgdAttack} = require('lt-robust');",
        'const names = {};',
        ...listNames((entry) => `require('${entry}')`),
        ...ATTACK,
        `console.log(JSON.stringify({names, value, isTheirs, copies: ${COPIES}}));`,
      ),
    );
    const {names, ...result} = JSON.parse(esm) as {names: Record<string, string[]>};
    expect(result).toEqual({value: 0.25, isTheirs: true, copies: 1});
    expect(Object.keys(names)).toEqual(entries);
    for (const entry of entries) expect(names[entry]?.length, entry).toBeGreaterThan(0);
    expect(JSON.parse(cjs)).toEqual({names, ...result});
  });

  it('keeps to one engine where its ESM and its CommonJS copy meet', () => {
    const output = consumer.run(
      'both.mjs',
      lines(
        "import {createRequire} from 'node:module';",
        "import * as tf from '@tensorflow/tfjs-core';",
        "import '@tensorflow/tfjs-layers';",
        "import '@tensorflow/tfjs-backend-cpu';",
        "import {crossEntropy, isInvalidArgumentError, InvalidArgumentError} from 'lt-robust';",
        'const require = createRequire(import.meta.url);',
        "const other = require('lt-robust');",
        "const labels = tf.tensor1d([0], 'int32');",
        'const model = (x) => tf.matMul(x, tf.tensor2d([[1, -1]]));',
        '// The loss of one copy in the attack of the other.',
        'const loss = crossEntropy;',
        'const adversarial = other.pgdAttack(model, tf.tensor2d([[0.5]]), labels, {epsilon: 0.25, loss});',
        'const value = adversarial.dataSync()[0];',
        'let error;',
        'try { other.createRng(-1); } catch (caught) { error = caught; }',
        `console.log(JSON.stringify({value, copies: ${COPIES}, sameClass: error instanceof InvalidArgumentError, guarded: isInvalidArgumentError(error)}));`,
      ),
    );
    // Two classes of that name exist: that is why the guards go by name.
    expect(JSON.parse(output)).toEqual({value: 0.25, copies: 1, sameClass: false, guarded: true});
  });

  it('says in both what the GPU needs, and loads a package of ES modules in CommonJS, too', () => {
    const start =
      "startWebGpu().then(() => console.log('started'), (e) => console.log(e.message.split('. ')[0]));";
    const esm = `import {startWebGpu} from 'lt-robust/node';\n${start}`;
    const cjs = `const {startWebGpu} = require('lt-robust/node');\n${start}`;
    const needed = 'startWebGpu: "environment" must have the package';
    expect(consumer.run('gpu.mjs', esm)).toContain(needed);
    expect(consumer.run('gpu.cjs', cjs)).toContain(needed);
    const built = readFileSync(path.join(ROOT, 'dist/node/index.cjs'), 'utf8');
    expect(built).toContain('import("webgpu")');
    expect(built).not.toContain('require("webgpu")');
  });

  it('loads neither tfjs-layers nor files from the root', () => {
    const output = consumer.run(
      'root.cjs',
      lines(
        "const fs = require('node:fs');",
        "require('lt-robust');",
        "console.log(Object.keys(require.cache).filter((file) => file.includes('tfjs-layers')).length);",
        "const text = fs.readFileSync(require.resolve('lt-robust'), 'utf8');",
        'console.log(/require\\(["\'](node:|fs)/.test(text));',
      ),
    );
    expect(output).toBe('0\nfalse\n');
  });
});

describe('a bundled program', () => {
  const save = lines(
    "import * as tf from '@tensorflow/tfjs-core';",
    "import {layers, sequential} from '@tensorflow/tfjs-layers';",
    "import '@tensorflow/tfjs-backend-cpu';",
    "import {cosineHead} from 'lt-robust/models';",
    'const flatten = layers.flatten({inputShape: [1, 1, 2]});',
    'const model = sequential({layers: [flatten, cosineHead(3)]});',
    'await model.save(tf.io.withSaveHandler(async ({modelTopology, weightSpecs, weightData}) => {',
    '  const values = [...new Float32Array(weightData)];',
    '  console.log(JSON.stringify({modelTopology, weightSpecs, values}));',
    '}));',
  );
  const load = (saved: string, use: string) =>
    lines(
      "import * as tf from '@tensorflow/tfjs-core';",
      "import {loadLayersModel} from '@tensorflow/tfjs-layers';",
      "import '@tensorflow/tfjs-backend-cpu';",
      use,
      `const {values, ...topology} = ${saved.trim()};`,
      'const artifacts = {...topology, weightData: Float32Array.from(values).buffer};',
      'const model = await loadLayersModel(tf.io.fromMemory(artifacts));',
      'console.log(model.layers.map((layer) => layer.getClassName()).join());',
    );

  it.each([
    ['one function', "import {layersClassifier} from 'lt-robust/models'; globalThis.used = layersClassifier;"], // prettier-ignore
    ['one of a file beside', "import {adjustedClassifier} from 'lt-robust/models'; globalThis.used = adjustedClassifier;"], // prettier-ignore
    ['nothing', "import 'lt-robust/models';"],
  ])('that uses of the models %s loads a saved cosine head', async (name, use) => {
    const saved = consumer.run('saved.mjs', save);
    const {outputFiles} = await build({
      stdin: {contents: load(saved, use), resolveDir: ROOT},
      ...{bundle: true, minify: true, write: false, format: 'esm', target: 'es2022'},
      ...{external: ['@tensorflow/*'], absWorkingDir: ROOT, logLevel: 'error'},
      tsconfigRaw: {}, // which would take lt-robust from src
    });
    const [bundle] = outputFiles;
    if (name === 'nothing') expect(bundle?.contents.length).toBeLessThan(25_000);
    expect(consumer.run('bundled.mjs', bundle?.text ?? '')).toBe('Flatten,CosineHead\n');
  });
});

describe('the command', () => {
  it('runs from the folder of a user, with what is installed there', () => {
    const output = consumer.run(
      'command.cjs',
      lines(
        "const {execFileSync} = require('node:child_process');",
        "const path = require('node:path');",
        "const manifest = require.resolve('lt-robust/package.json');",
        "const bin = path.join(path.dirname(manifest), require(manifest).bin['lt-robust']);",
        "const run = (...argv) => execFileSync(process.execPath, [bin, ...argv], {encoding: 'utf8'});",
        "const {backends} = JSON.parse(run('doctor', '--json'));",
        "const cpu = backends.find(({backend}) => backend === 'cpu');",
        "console.log(JSON.stringify({usage: run('--help').split('\\n')[0], cpu: cpu.starts}));",
      ),
    );
    expect(JSON.parse(output)).toEqual({usage: 'Usage: lt-robust [options] [command]', cpu: true});
  });
});

describe('the declarations', () => {
  const program = lines(
    ...entries.map((entry, i) => `import * as entry${i} from '${entry}';`),
    "import * as tf from '@tensorflow/tfjs-core';",
    "import {layers, sequential} from '@tensorflow/tfjs-layers';",
    "import {pgdAttack, type Attack, type Rng} from 'lt-robust';",
    `export const all = [${entries.map((_, i) => `entry${i}`).join(', ')}];`,
    'export const vectors: Attack<tf.Tensor2D> = (m, x, y, c) => pgdAttack(m, x, y, {...c, steps: 2});',
    'export const images: Attack = (m, x, y) => pgdAttack(m, x, y);',
    'const model = sequential({layers: [layers.dense({inputShape: [2], units: 3})]});',
    "const labels = tf.tensor1d([0], 'int32');",
    'export const adversarial: tf.Tensor2D = pgdAttack(model, tf.tensor2d([[0, 1]]), labels);',
    '// @ts-expect-error a misspelt option',
    'pgdAttack(model, tf.tensor2d([[0, 1]]), labels, {stepsize: 1});',
    '// @ts-expect-error a tensor is no generator',
    'export const rng: Rng = labels;',
  );

  it.each([
    ['node16, ESM', 'types.mts', {module: 'node16', moduleResolution: 'node16'}],
    ['node16, CommonJS', 'types.cts', {module: 'node16', moduleResolution: 'node16'}],
    ['bundler', 'types.ts', {module: 'esnext', moduleResolution: 'bundler'}],
  ])('compile under %s', (_name, file, options) => {
    // tfjs's own declarations do not compile on their own: only ours are looked at.
    const messages = consumer.typecheck(file, program, {...options, skipLibCheck: true});
    expect(messages).toBe('');
  });

  it('are themselves free of errors', () => {
    const messages = consumer
      .typecheck('types.mts', program, {
        module: 'node16',
        moduleResolution: 'node16',
        skipLibCheck: false,
        types: ['node'],
      })
      .split('\n')
      .filter((line) => line.includes('lt-robust/') || line.startsWith('types.mts'));
    expect(messages).toEqual([]);
  });

  it('are what is checked: a wrong program is refused', () => {
    const messages = consumer.typecheck(
      'wrong.mts',
      "import {pgdAttack} from 'lt-robust';\npgdAttack(1);\n",
      {module: 'node16', moduleResolution: 'node16', skipLibCheck: true},
    );
    expect(messages).toContain('wrong.mts(2,1): error TS2554');
  });
});
