import {execFileSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';

import {ROOT} from './sources';

/** An empty folder with the packed tarball installed, as a user would have it. */
export interface Consumer {
  /** Runs a program there and returns what it printed. */
  run(file: string, code: string): string;
  /** Type-checks a program there; returns the compiler's messages, empty if there are none. */
  typecheck(file: string, code: string, compilerOptions: object): string;
  /** Names of the files in the tarball. */
  readonly files: readonly string[];
  /** Removes the folder. */
  remove(): void;
}

// What a user's project has beside the package, in the versions of this repository.
const BESIDE = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-cpu',
  '@types/node',
  'fast-check', // for lt-robust/testing
  'bullmq', // for lt-robust/queue
  'ioredis',
];

// Without the network these are linked from this repository.
const LINKED = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-cpu',
  '@types/node',
  'fast-check', // for lt-robust/testing
  'bullmq', // for lt-robust/queue
  'ioredis',
  'pure-rand',
];

const versionOf = (name: string): string => {
  const manifest = path.join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as {version: string}).version;
};

// As a user does it. False where npm does not reach its registry.
function installWithNpm(folder: string, tarball: string): boolean {
  const packages = [`./${tarball}`, ...BESIDE.map((name) => `${name}@${versionOf(name)}`)];
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0'];
  try {
    execFileSync('npm', ['install', ...flags, ...packages], {
      cwd: folder,
      stdio: 'ignore',
      timeout: 100_000,
    });
    return true;
  } catch {
    console.warn('npm install did not work here (offline?): the tarball is unpacked and linked.');
    return false;
  }
}

function link(folder: string, tarball: string): void {
  const modules = path.join(folder, 'node_modules');
  rmSync(modules, {recursive: true, force: true});
  mkdirSync(modules);
  execFileSync('tar', ['-xzf', path.join(folder, tarball), '-C', folder]);
  cpSync(path.join(folder, 'package'), path.join(modules, 'lt-robust'), {recursive: true});
  rmSync(path.join(folder, 'package'), {recursive: true});
  for (const name of LINKED) {
    mkdirSync(path.dirname(path.join(modules, name)), {recursive: true});
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), 'dir');
  }
}

/** Packs the built package and installs the tarball in an empty folder. */
export function installPacked(): Consumer {
  if (!existsSync(path.join(ROOT, 'dist/index.d.ts'))) {
    throw new Error('dist or its declarations are missing: run "npm run build" first.');
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lt-robust-'));
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    {cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']},
  );
  const [tarball] = JSON.parse(packed) as {filename: string; files: {path: string}[]}[];
  if (tarball === undefined) throw new Error('npm pack wrote nothing');
  writeFileSync(path.join(folder, 'package.json'), '{"name": "consumer", "private": true}');
  if (!installWithNpm(folder, tarball.filename)) link(folder, tarball.filename);

  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  return {
    files: tarball.files.map((file) => file.path),
    remove: () => {
      rmSync(folder, {recursive: true});
    },
    run(file, code) {
      writeFileSync(path.join(folder, file), code);
      return execFileSync(process.execPath, [file], {cwd: folder, encoding: 'utf8'});
    },
    typecheck(file, code, compilerOptions) {
      writeFileSync(path.join(folder, file), code);
      const config = {
        compilerOptions: {strict: true, noEmit: true, target: 'es2022', ...compilerOptions},
        files: [file],
      };
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
      try {
        return execFileSync(process.execPath, [tsc, '-p', folder], {encoding: 'utf8'});
      } catch (error) {
        return (error as {stdout: string}).stdout;
      }
    },
  };
}
