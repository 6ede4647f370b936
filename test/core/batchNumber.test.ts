import {expect, it} from 'vitest';

import {batchNumberOf, withBatchNumber} from '../../src/core/batchNumber';

it('is known of the very context, and no part of it', () => {
  const context = {exampleIds: [3]};
  expect(batchNumberOf(context)).toBeUndefined();
  expect(withBatchNumber(context, 2)).toBe(context);
  expect(batchNumberOf(context)).toBe(2);
  expect(batchNumberOf({...context})).toBeUndefined();
  expect(context).toEqual({exampleIds: [3]});
  expect(batchNumberOf(undefined)).toBeUndefined();
});
