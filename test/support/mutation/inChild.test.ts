import {execFileSync} from 'node:child_process';

import {expect, it} from 'vitest';

it('divides, in a process of its own', () => {
  const code =
    "import {pieceOf} from './test/support/mutation/inChild.ts'; console.log(pieceOf(6));";
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code];
  expect(execFileSync(process.execPath, argv, {encoding: 'utf8'})).toBe('2\n');
});
