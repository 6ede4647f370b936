import path from 'node:path';

import {build} from 'vite';

import {ROOT} from '../../package/sources';

const OUT = path.join(ROOT, 'reports/pages/playground');

let built: Promise<unknown> | undefined;

/** The folder of the playground, built once for all files of the suite. */
export async function builtPlayground(): Promise<string> {
  built ??= build({
    configFile: path.join(ROOT, 'examples/playground/vite.config.ts'),
    logLevel: 'error',
    build: {outDir: OUT, emptyOutDir: true},
  });
  await built;
  return OUT;
}
