import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** An empty folder for the tests of a file; remove it in `afterAll`. */
export function temporaryFolder(): {readonly path: string; readonly remove: () => void} {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lt-robust-'));
  return {path: folder, remove: () => rmSync(folder, {recursive: true})};
}
