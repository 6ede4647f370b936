import {describe, expect, it} from 'vitest';

import {isPooledPartError, PooledPartError} from '../../src/node/pooledPartError';

describe('PooledPartError', () => {
  it('names the part', () => {
    const cause = new Error('why');
    const error = new PooledPartError(2, 3, 'why', cause);
    expect(error).toMatchObject({name: 'PooledPartError', part: 2, of: 3, reason: 'why', cause});
    expect(error.message).toBe('Part 2 of 3 failed: why');
    expect(new PooledPartError(null, 3, 'why').message).toBe('A worker could not start: why');
  });

  it('is known by its name', () => {
    expect(isPooledPartError(new PooledPartError(1, 1, ''))).toBe(true);
    expect(isPooledPartError(new Error('x'))).toBe(false);
    expect(isPooledPartError({name: 'PooledPartError'})).toBe(false);
  });
});
