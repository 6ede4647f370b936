import {describe, expect, it} from 'vitest';

import {swap} from '../../src/core/swap';

class Named {
  own = 1;
  name(): string {
    return 'class';
  }
}

describe('swap', () => {
  it('puts back what the object had itself, and what it had from its class', () => {
    const object = new Named();
    const restore = swap(object, {own: 2, name: () => 'instance'});
    expect([object.own, object.name()]).toEqual([2, 'instance']);
    restore();
    expect([object.own, object.name()]).toEqual([1, 'class']);
    expect(Object.keys(object)).toEqual(['own']);
  });

  it('takes away what was not there', () => {
    const object: {read?: number} = {};
    const restore = swap(object, {read: 1});
    expect(object.read).toBe(1);
    restore();
    expect('read' in object).toBe(false);
  });

  it('keeps accessors', () => {
    let reads = 0;
    const object = {
      get value() {
        return ++reads;
      },
    };
    const descriptor = Object.getOwnPropertyDescriptor(object, 'value');
    // An accessor without a setter cannot be assigned to: nothing is changed then.
    expect(() => swap(object, {value: 5})).toThrow(TypeError);
    expect(Object.getOwnPropertyDescriptor(object, 'value')).toEqual(descriptor);
    expect(object.value).toBe(1);
  });
});
