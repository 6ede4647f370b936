import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

import type {AuditRecord} from './audit';

/** Keeps the records of a column of the table, if `npm run audit` asked for it. */
export async function writeRecords(column: string, records: readonly AuditRecord[]): Promise<void> {
  const folder = process.env['AUDIT_FOLDER'];
  if (folder === undefined) return;
  await mkdir(folder, {recursive: true});
  await writeFile(path.join(folder, `${column}.json`), JSON.stringify(records));
}
