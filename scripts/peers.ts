/**
 * Installs the packed package with the oldest and the newest TensorFlow.js that its peer range
 * allows, each in a folder of its own, and runs test/peers/smoke.mjs there:
 * `npm run peers [-- VERSION ...]`. It needs the built package, and a registry: without one it says
 * so and ends well, unless REQUIRE_REGISTRY is set.
 */
import {execFile} from 'node:child_process';
import {copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = [
  ...['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu', 'tfjs-backend-wasm'],
  // Of those who have graph models.
  'tfjs-converter',
];
// A network of Keras as TensorFlow's converter writes it, with its logits and its gradient.
const GRAPH = 'graph-keras.json';
const run = promisify(execFile);

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
}

async function pack(folder: string): Promise<string> {
  const given = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const {stdout} = await run('npm', given, {cwd: ROOT, maxBuffer: 2 ** 26});
  const [packed] = JSON.parse(stdout) as [{filename: string}];
  return path.join(folder, packed.filename);
}

async function smoke(version: string, tarball: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lt-robust-peers-'));
  try {
    await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
    const wanted = PACKAGES.map((name) => `@tensorflow/${name}@${version}`);
    // Strict about peers: a range that does not allow this version fails here.
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--strict-peer-deps', ...wanted, tarball],
      {cwd: folder, maxBuffer: 2 ** 26},
    );
    await copyFile(path.join(ROOT, 'test/peers/smoke.mjs'), path.join(folder, 'smoke.mjs'));
    await copyFile(path.join(ROOT, 'test/golden', GRAPH), path.join(folder, GRAPH));
    const {stdout} = await run('node', ['smoke.mjs'], {cwd: folder, maxBuffer: 2 ** 26});
    return stdout
      .split('\n')
      .filter((line) => line.includes(': ok'))
      .join('; ');
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

const isReachable = async (): Promise<boolean> =>
  run('npm', ['view', '@tensorflow/tfjs-core', 'version']).then(
    () => true,
    () => false,
  );

async function main(versions: readonly string[]): Promise<void> {
  if (!(await isReachable())) {
    const message = 'No registry of packages can be reached: the peers are NOT tested.';
    if ((process.env['REQUIRE_REGISTRY'] ?? '') !== '') throw new Error(message);
    console.warn(message);
    return;
  }
  const manifest = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const range = manifest.peerDependencies['@tensorflow/tfjs-core'] ?? '';
  const wanted = versions.length > 0 ? versions : [range.replace(/^\D+/, ''), range];
  const folder = await mkdtemp(path.join(tmpdir(), 'lt-robust-pack-'));
  try {
    const tarball = await pack(folder);
    for (const version of wanted) console.log(`${version}: ${await smoke(version, tarball)}`);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

await main(process.argv.slice(2));
