import {describe, expect, it} from 'vitest';

import {CliError, EXIT} from '../../src/cli/cliError';

describe('exit codes', () => {
  it('are what the help says', () => {
    expect(EXIT).toEqual({ok: 0, below: 1, usage: 2, interrupted: 130});
    expect(new CliError('x').name).toBe('CliError');
  });
});
