import path from 'node:path';

import ts from 'typescript';

interface Floor {
  /** Folders it may import from, beside itself. */
  readonly folders: readonly string[];
  /** Packages it may import; a trailing `*` stands for anything. */
  readonly packages: readonly string[];
}

const TFJS = ['@tensorflow/tfjs-core'];
// Whoever checks data against a schema has valibot, which the build takes in: nobody has to install it.

/** The table of docs/contributing.md. Type imports count. */
const FLOORS: Readonly<Record<string, Floor>> = {
  core: {folders: [], packages: [...TFJS, 'pure-rand/*', 'valibot']},
  kernels: {folders: ['core'], packages: TFJS},
  samplers: {folders: ['core'], packages: ['pure-rand/*']}, // no tensors
  math: {folders: ['core', 'kernels'], packages: TFJS},
  losses: {folders: ['core', 'math', 'samplers'], packages: TFJS},
  metrics: {folders: ['core', 'math'], packages: [...TFJS, 'valibot']},
  theory: {folders: ['core', 'math'], packages: TFJS},
  // The decoders are loaded when an image asks for them.
  data: {folders: ['core', 'math'], packages: [...TFJS, 'jpeg-js', 'pngjs']},
  models: {folders: ['core', 'math'], packages: [...TFJS, '@tensorflow/tfjs-layers']},
  attacks: {folders: ['core', 'kernels', 'math', 'losses'], packages: [...TFJS, 'valibot']},
  optimizers: {folders: ['core'], packages: TFJS},
  methods: {
    folders: ['core', 'math', 'kernels', 'samplers', 'losses', 'attacks'],
    packages: [...TFJS, 'valibot'],
  },
  training: {
    folders: ['core', 'math', 'kernels', 'samplers', 'optimizers', 'methods'],
    packages: [...TFJS, 'valibot'],
  },
  // The paper's trainings: data, networks and methods by name.
  presets: {
    folders: ['core', 'samplers', 'data', 'models', 'training', 'registry'],
    packages: [...TFJS, '@tensorflow/tfjs-layers'],
  },
  diagnostics: {folders: ['core', 'math', 'kernels', 'losses'], packages: TFJS},
  // The former name of four rooms, for one version.
  trainers: {folders: ['methods', 'training', 'optimizers', 'diagnostics'], packages: []},
  // Pictures are encoded by fast-png, which the build takes in: nobody has to install it.
  report: {folders: ['core', 'metrics'], packages: [...TFJS, 'fast-png']},
  // What it asserts is measured by an attack, on the grey levels of images, and shown in a report;
  // counterexamples go to files where a folder is given, by an import that only this needs.
  testing: {
    folders: ['core', 'math', 'metrics', 'samplers', 'attacks', 'report'],
    packages: [...TFJS, 'fast-check', 'node:fs/promises', 'node:path'],
  },
  // From names to recipes: it has to know what it names.
  registry: {
    folders: [
      ...['core', 'samplers', 'losses', 'data', 'models', 'attacks', 'optimizers', 'methods'],
      'training',
    ],
    packages: [...TFJS, 'valibot'],
  },
  // A queue that people run already; both packages are optional peers, ioredis is loaded by bullmq.
  queue: {folders: ['core', 'metrics', 'node'], packages: [...TFJS, 'bullmq', 'node:*']},
  // The command: it may use everything, and what it uses is built into it.
  cli: {
    folders: [
      ...['core', 'kernels', 'samplers', 'metrics', 'models', 'attacks', 'optimizers', 'methods'],
      ...['training', 'registry', 'diagnostics', 'report', 'node'],
      'queue', // loaded by the commands that ask for one
    ],
    packages: [
      ...[...TFJS, '@tensorflow/tfjs-layers'],
      ...['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu'],
      ...['commander', 'cli-progress', 'picocolors', 'node:*'],
    ],
  },
  // Threads are for kernels, a pool is of evaluations.
  node: {
    folders: ['core', 'kernels', 'data', 'metrics'],
    packages: [
      ...TFJS,
      ...['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', 'webgpu'],
      ...['tinypool', 'node:*'],
    ],
  },
};

/** What the root must not load: it runs in browsers, and without tfjs-layers. */
const NOT_FROM_ROOT = /^(node:|@tensorflow\/tfjs-layers$|fast-check$|fast-png$|bullmq$)/;

const isBarrel = (file: string): boolean => path.posix.basename(file) === 'index.ts';

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** What a source file imports, type imports and re-exports among them. */
const importsOf = (source: string): string[] =>
  ts.preProcessFile(source, true, true).importedFiles.map(({fileName}) => fileName);

function resolve(from: string, specifier: string, files: ReadonlyMap<string, string>) {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  return [`${target}.ts`, target, `${target}/index.ts`].find((name) => files.has(name));
}

/**
 * Every way in which the sources break the floors.
 *
 * @param files - `folder/name.ts` to source text.
 * @returns One sentence per problem; empty if all is well.
 */
export function floorProblems(files: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  const packages = new Map<string, string[]>();
  for (const [file, source] of files) {
    const folder = folderOf(file);
    const floor = FLOORS[folder];
    if (folder !== '' && floor === undefined) problems.push(`${file}: "${folder}" has no floor`);
    const targets: string[] = [];
    const external: string[] = [];
    for (const specifier of importsOf(source)) {
      if (!specifier.startsWith('.')) {
        external.push(specifier);
        if (folder === '' || !floor?.packages.some((name) => matches(specifier, name))) {
          problems.push(`${file}: may not import the package ${specifier}`);
        }
        continue;
      }
      const target = resolve(file, specifier, files);
      if (target === undefined) {
        problems.push(`${file}: imports ${specifier}, which does not exist`);
        continue;
      }
      targets.push(target);
      const other = folderOf(target);
      // Only barrels re-export barrels: the root, and the former name of four rooms.
      if (isBarrel(target) && !isBarrel(file)) {
        problems.push(`${file}: imports the barrel ${target}`);
      }
      // The root re-exports from anywhere; the barrel of attacks also what authors of one need.
      const allowed =
        folder === '' || other === folder || (floor?.folders.includes(other) ?? false);
      if (!allowed) problems.push(`${file}: may not import ${target}`);
    }
    graph.set(file, targets);
    packages.set(file, external);
  }
  return [...problems, ...cycles(graph), ...fromRoot(graph, packages)];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      found.push(`cycle: ${[...trail.slice(start), file].join(' -> ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

function fromRoot(
  graph: ReadonlyMap<string, readonly string[]>,
  packages: ReadonlyMap<string, readonly string[]>,
): string[] {
  const reached = new Set<string>();
  const queue = ['index.ts'];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    queue.push(...(graph.get(file) ?? []));
  }
  return [...reached].flatMap((file) =>
    (packages.get(file) ?? [])
      .filter((name) => NOT_FROM_ROOT.test(name))
      .map((name) => `index.ts: loads ${name} by way of ${file}`),
  );
}
