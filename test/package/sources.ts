import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** All files below a folder of the repository, as paths relative to that folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(ROOT, folder), path.join(entry.parentPath, entry.name)))
    .sort();
}

// AssemblyScript: compiled to the wasm module, no part of the TypeScript program.
const isAssembly = (name: string): boolean => name.startsWith('kernels/wasm/assembly/');

/** Every TypeScript file of src, `folder/name.ts` to its text. */
export function readSources(): Map<string, string> {
  const names = filesBelow('src').filter((name) => name.endsWith('.ts') && !isAssembly(name));
  return new Map(names.map((name) => [name, readFileSync(path.join(ROOT, 'src', name), 'utf8')]));
}

/** The public folders: those with a barrel. The one source of truth for entries. */
export const publicFolders = (): string[] =>
  filesBelow('src')
    .filter((name) => /^\w+\/index\.ts$/.test(name))
    .map((name) => path.dirname(name));
