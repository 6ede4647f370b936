// Runs every test/bench/*.bench.ts, one after another, each in a process of its own: their ratios
// are taken in one run and must not disturb each other. Names given as arguments choose some.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('../test/bench/', import.meta.url));
const wanted = process.argv.slice(2);

// What measures relaxed SIMD alone has to have it, which Node 20 hides behind a flag.
const RELAXED = new Set([
  ...['strided.bench.ts', 'direct.bench.ts', 'windows.bench.ts', 'autoAttackOfficial.bench.ts'],
]);
const flagsOf = (name: string): string[] =>
  RELAXED.has(name) && process.version.startsWith('v20.')
    ? ['--experimental-wasm-relaxed-simd']
    : [];

for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith('.bench.ts')) continue;
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  console.log(`\n# ${name}`);
  const {status} = spawnSync(
    process.execPath,
    [...flagsOf(name), '--import', 'tsx', folder + name],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
