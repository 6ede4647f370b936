// Runs the gradient audit of every backend and writes docs/gradient-audit.md.
import {spawnSync} from 'node:child_process';
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import prettier from 'prettier';

import type {AuditRecord} from '../test/kernels/audit/audit';
import {OP_NAMES} from '../test/kernels/audit/ops';
import {COLUMNS, auditDocument} from '../test/kernels/audit/table';

const root = fileURLToPath(new URL('..', import.meta.url));
// Inside the repository: the browser's tests may write there only.
const folder = path.join(root, 'reports/audit');
rmSync(folder, {recursive: true, force: true});
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
const projects = ['cpu', 'wasm', 'browser'].flatMap((name) => ['--project', name]);
const {status} = spawnSync(
  process.execPath,
  [
    ...vitest,
    ...projects,
    'audit/audit.test',
    'audit/threads.test',
    'browser/audit.test',
    '--testTimeout=900000',
    '--hookTimeout=900000',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {...process.env, AUDIT_FOLDER: folder, REQUIRE_BROWSER: '1'},
  },
);
if (status !== 0) throw new Error('The audit failed: the document is left as it was.');
const records = new Map(
  COLUMNS.map((column) => {
    const text = readFileSync(path.join(folder, `${column}.json`), 'utf8');
    return [column as string, JSON.parse(text) as AuditRecord[]];
  }),
);
const file = path.join(root, 'docs/gradient-audit.md');
const options = {...(await prettier.resolveConfig(file)), filepath: file};
writeFileSync(file, await prettier.format(auditDocument(records, OP_NAMES), options));
console.log(`Wrote ${file}`);
