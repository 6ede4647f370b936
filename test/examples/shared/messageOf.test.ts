import {describe, expect, it} from 'vitest';

import {messageOf} from '../../../examples/shared/messageOf';

describe('messageOf', () => {
  it('reads the message of an error, from this process or another', () => {
    expect(messageOf(new Error('here'))).toBe('here');
    expect(messageOf({name: 'Error', message: 'there'})).toBe('there');
    expect([messageOf('text'), messageOf(undefined), messageOf({message: 3})]).toEqual([
      ...['text', 'undefined', '[object Object]'],
    ]);
  });
});
