import {execFile} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';

import {typeErrors} from '../../docs/typecheck';
import {ROOT} from '../../package/sources';

/**
 * Compiles a program as a user's project would, strictly, and runs it in Node.
 *
 * @param program - TypeScript that imports `lt-robust`, which is src here.
 * @param files - Files that it reads, by the name it has for them.
 * @returns What it printed.
 */
export async function runProgram(
  program: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const messages = typeErrors([{file: 'program.mts', line: 1, code: program}]);
  if (messages.length > 0) throw new Error(`${messages.join('\n')}\n\n${program}`);
  mkdirSync(path.join(ROOT, 'reports'), {recursive: true});
  const folder = mkdtempSync(path.join(ROOT, 'reports/program-'));
  try {
    for (const [name, source] of Object.entries(files))
      copyFileSync(source, path.join(folder, name));
    writeFileSync(path.join(folder, 'program.mts'), program);
    const tsx = path.join(ROOT, 'node_modules/tsx/dist/cli.mjs');
    const config = ['--tsconfig', path.join(ROOT, 'tsconfig.json')];
    // Not synchronously: it may download from a server of this process.
    const run = promisify(execFile);
    const argv = [tsx, ...config, 'program.mts'];
    const {stdout} = await run(process.execPath, argv, {cwd: folder, timeout: 120_000});
    return stdout;
  } finally {
    rmSync(folder, {recursive: true});
  }
}
