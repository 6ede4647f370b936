import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {defineConfig, type Options} from 'tsup';

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

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/*/index.ts'],
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    splitting: true,
    treeshake: false,
    dts: true,
    shims: true,
    clean: true,
    sourcemap: false,
    esbuildPlugins: [LICENCES],
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
    external: [/^@tensorflow\//],
    noExternal: [/^(?!@tensorflow\/|node:)/],
    esbuildPlugins: [LICENCES],
    banner: {js: '#!/usr/bin/env node'},
  },
]);
