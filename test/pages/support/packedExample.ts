import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../package/sources';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * Copies an example out of the repository and installs what its package.json names, with the packed
 * tarball as `lt-robust`: by npm, as a stranger would, or by links where npm does not reach its registry.
 *
 * @param name - Folder of the example.
 * @param folder - An empty folder to put it in.
 */
export function packedExample(name: string, folder: string): void {
  cpSync(path.join(ROOT, 'examples', name), folder, {recursive: true});
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    {cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']},
  );
  const [tarball] = JSON.parse(packed) as {filename: string}[];
  if (tarball === undefined) throw new Error('npm pack wrote nothing');
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0'];
  try {
    execFileSync('npm', ['install', ...flags, `./${tarball.filename}`], {
      ...{cwd: folder, stdio: 'ignore', timeout: 120_000},
    });
  } catch {
    console.warn('npm install did not work here (offline?): the tarball is unpacked and linked.');
    link(folder, tarball.filename);
  }
}

function link(folder: string, tarball: string): void {
  const modules = path.join(folder, 'node_modules');
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  mkdirSync(path.join(modules, 'lt-robust'), {recursive: true});
  const target = ['-C', path.join(modules, 'lt-robust'), '--strip-components=1'];
  execFileSync('tar', ['-xzf', path.join(folder, tarball), ...target]);
  const names = Object.keys({...manifest.dependencies, ...manifest.devDependencies});
  for (const name of [...names, 'pure-rand'].filter((each) => each !== 'lt-robust')) {
    mkdirSync(path.dirname(path.join(modules, name)), {recursive: true});
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), 'dir');
  }
}
