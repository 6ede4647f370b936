/**
 * Measures the structure of src, and of a built package the size of every subpath, minified and gzipped
 * without peers: `npm run structure -- [--src FOLDER] [--package FOLDER] [--json]`. The figures of
 * docs/decisions/011 come from it.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';

import {Command} from 'commander';
import {build} from 'esbuild';

import {structureOf} from './structureOf';

/** Size of all that a subpath gives, in bytes; what is loaded when it is needed does not count. */
async function sizeOf(folder: string, entry: string): Promise<number> {
  const {outputFiles, metafile} = await build({
    stdin: {contents: `export * from '${entry}';`, resolveDir: folder},
    ...{bundle: true, minify: true, write: false, splitting: true, metafile: true},
    ...{outdir: 'out', absWorkingDir: folder, format: 'esm', target: 'es2022', logLevel: 'error'},
    platform: 'node', // its own modules are left out
    external: ['@tensorflow/*', 'fast-check', 'bullmq', 'jpeg-js', 'pngjs', 'webgpu'],
  });
  const outputs = Object.entries(metafile.outputs);
  const atOnce = new Set(
    outputs.filter(([, {entryPoint}]) => entryPoint === '<stdin>').map(([name]) => name),
  );
  for (const name of atOnce) {
    for (const {path: file, kind} of metafile.outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && file in metafile.outputs) atOnce.add(file);
    }
  }
  const files = outputFiles.filter(({path: file}) => atOnce.has(path.relative(folder, file)));
  return gzipSync(Buffer.concat(files.map(({contents}) => contents)), {level: 9}).length;
}

async function sizesOf(folder: string): Promise<Record<string, number>> {
  const {exports} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, {import?: {default?: string}} | string>;
  };
  const sizes: Record<string, number> = {};
  for (const [subpath, target] of Object.entries(exports)) {
    const file = typeof target === 'string' ? undefined : target.import?.default;
    if (file !== undefined) sizes[subpath] = await sizeOf(folder, file);
  }
  return sizes;
}

const options = new Command('structure')
  .option('--src <folder>', 'the sources', 'src')
  .option('--package <folder>', 'a built package, to be weighed')
  .option('--json', 'print JSON')
  .parse()
  .opts<{src: string; package?: string; json?: boolean}>();

const sizes = options.package === undefined ? {} : await sizesOf(path.resolve(options.package));
const result = {...structureOf(options.src), ...sizes};
if (options.json === true) console.log(JSON.stringify(result, null, 2));
else {
  for (const [name, value] of Object.entries(result)) {
    console.log(`${name}: ${Array.isArray(value) ? `\n  ${value.join('\n  ')}` : String(value)}`);
  }
}
