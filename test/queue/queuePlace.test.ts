import {describe, expect, it} from 'vitest';

import {checkPlace, openQueue, PLACE} from '../../src/queue/queuePlace';

describe('checkPlace', () => {
  it('takes a place with its defaults', () => {
    expect(checkPlace('here', {...PLACE, connection: {port: 1}})).toEqual({
      ...{connection: {port: 1}, queue: 'lt-robust', prefix: 'lt-robust', connectTimeout: 10_000},
    });
  });

  it.each([
    [{}, 'connection'],
    [{connection: 'redis://x'}, 'connection'],
    [{connection: {}, queue: 'a:b'}, 'queue'],
    [{connection: {}, prefix: ''}, 'prefix'],
    [{connection: {}, connectTimeout: '5'}, 'connectTimeout'],
  ])('refuses %o', (place, argument) => {
    expect(() => checkPlace('here', {...PLACE, ...place} as never)).toThrow(
      `here: "${argument}" must`,
    );
  });
});

it('openQueue says that nobody answers, and does not wait for ever', async () => {
  const place = checkPlace('here', {
    ...PLACE,
    ...{connection: {host: '127.0.0.1', port: 9}, connectTimeout: 300},
  });
  await expect(openQueue('here', place)).rejects.toMatchObject({
    ...{name: 'InvalidArgumentError', where: 'here', argument: 'connection'},
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});
