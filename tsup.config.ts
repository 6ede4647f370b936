import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {defineConfig, type Options} from 'tsup';

type BuildPlugin = NonNullable<Options['plugins']>[number];
type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** The folder of the package that a file of node_modules belongs to. */
function packageOf(file: string): string | undefined {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match?.[1];
}

/** Name, version and licence of a package. */
function licenceOf(folder: string): string {
  const {name, version, license} = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as {name: string; version: string; license?: string};
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license ?? 'see below'})\n\n${text}`;
}

// Of the library and of the command together: they are built side by side, into one folder.
const takenIn = new Set<string>();

/** Writes the licences of the packages that the bundles take in beside them. */
const licences = (target: string): Plugin => ({
  name: 'licences',
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({metafile}) => {
      const files = Object.keys(metafile?.inputs ?? {});
      const packages = files.map(packageOf).filter((name) => name !== undefined);
      const known = packages.filter((folder) => existsSync(path.join(folder, 'package.json')));
      for (const folder of known) takenIn.add(folder);
      const parts = [...takenIn].map(licenceOf).sort();
      const rule = `\n\n${'-'.repeat(80)}\n\n`;
      mkdirSync(path.dirname(target), {recursive: true});
      writeFileSync(target, `This package contains parts of:${rule}${parts.join(rule)}\n`);
    });
  },
});

const LICENCES = licences('dist/THIRD_PARTY_LICENSES.txt');

/**
 * In a page without a bundler TensorFlow.js is what scripts have loaded before, the global `tf`, or
 * what the page's import map says.
 */
const TFJS_OF_PAGE = `
const ltRobustPeer = (name, load) => load().catch((cause) => {
  throw new Error('lt-robust found no ' + name + ': load TensorFlow.js by a script before, or name it in an import map.', {cause});
});
const ltRobustCore = globalThis.tf?.engine
  ? globalThis.tf
  : await ltRobustPeer('@tensorflow/tfjs-core', () => import('@tensorflow/tfjs-core'));
const ltRobustLayers = globalThis.tf?.loadLayersModel
  ? globalThis.tf
  : await ltRobustPeer('@tensorflow/tfjs-layers', () => import('@tensorflow/tfjs-layers'));
`.trim();

const tfjsOfPage: Plugin = {
  name: 'tfjs-of-page',
  setup(build) {
    build.onResolve({filter: /^@tensorflow\/tfjs-(core|layers)$/}, ({path: name}) => ({
      path: name,
      namespace: 'page',
    }));
    build.onLoad({filter: /./, namespace: 'page'}, ({path: name}) => ({
      contents: `module.exports = ltRobust${name.endsWith('core') ? 'Core' : 'Layers'};`,
      loader: 'js',
    }));
  },
};

/**
 * The CommonJS build turns import() into require(), which Node 20 refuses where the package is an ES
 * module. This turns it back.
 */
const importedAsModule = (name: string): BuildPlugin => ({
  name: 'imported-as-module',
  buildEnd({writtenFiles}) {
    for (const {name: file} of writtenFiles.filter((written) => written.name.endsWith('.cjs'))) {
      const code = readFileSync(file, 'utf8');
      const required = `Promise.resolve().then(() => _interopRequireWildcard(require("${name}")))`;
      if (code.includes(required))
        writeFileSync(file, code.replaceAll(required, `import("${name}")`));
    }
  },
});

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/*/index.ts'],
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    splitting: true,
    treeshake: false,
    // What valibot's types say is in the declarations, as its code is in the modules.
    dts: {resolve: ['valibot']},
    shims: true,
    clean: true,
    sourcemap: false,
    esbuildPlugins: [LICENCES],
    plugins: [importedAsModule('webgpu'), importedAsModule('tinypool')],
  },
  {
    // The command: one file with all it needs but TensorFlow.js, which has to be the user's own.
    entry: {'cli/main': 'src/cli/bin.ts'},
    // CommonJS, as some of what is taken in is: an ES module could not load it.
    format: ['cjs'],
    target: 'node20',
    platform: 'node',
    splitting: false,
    dts: false,
    shims: true,
    // Not cleaned: it would take the library away, which is built at the same time.
    clean: false,
    sourcemap: false,
    minifySyntax: true,
    minifyWhitespace: true,
    // WebGPU is a library of the platform, too; packages of a queue and a pool are the user's, who may
    // have none.
    external: [/^@tensorflow\//, 'webgpu', 'bullmq', 'ioredis', 'tinypool'],
    noExternal: [/^(?!@tensorflow\/|webgpu$|bullmq$|ioredis$|tinypool$|node:)/],
    esbuildPlugins: [LICENCES],
    banner: {js: '#!/usr/bin/env node'},
  },
  {
    // One file for pages without a bundler, with all it needs but TensorFlow.js.
    entry: {'lt-robust.browser': 'scripts/browserEntry.ts'},
    format: ['esm'],
    target: 'es2022',
    platform: 'browser',
    splitting: false,
    dts: false,
    clean: false,
    sourcemap: false,
    minify: true,
    // Decoders of images are loaded when an image asks for them, where the page has them.
    external: ['pngjs', 'jpeg-js'],
    noExternal: [/^(?!pngjs|jpeg-js)/],
    esbuildPlugins: [tfjsOfPage, LICENCES],
    banner: {
      js: `/*! lt-robust (MIT); it contains parts named in THIRD_PARTY_LICENSES.txt */\n${TFJS_OF_PAGE}`,
    },
  },
]);
