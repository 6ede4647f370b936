import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

/** The version of a package as the command finds it; `undefined` if it is not there. */
export function versionOf(name: string): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const file = require.resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as {version: string}).version;
  } catch {
    return undefined;
  }
}

const PACKAGES = [
  ...['lt-robust', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'],
  ...['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu'],
  ...['@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-node'],
];

/** Versions of Node and of the packages that matter, those that are there. */
export const versions = (): Record<string, string> => ({
  node: process.version,
  ...Object.fromEntries(
    PACKAGES.flatMap((name) => {
      const version = versionOf(name);
      return version === undefined ? [] : [[name, version]];
    }),
  ),
});
