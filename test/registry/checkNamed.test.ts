import {describe, expect, it} from 'vitest';

import {checkNamed} from '../../src/registry/checkNamed';

describe('checkNamed', () => {
  it('spells out names, the nested ones too', () => {
    expect(checkNamed('here', 'method', 'mart')).toEqual({name: 'mart'});
    const switching = {
      name: 'switch-at',
      epoch: 3,
      before: 'natural',
      after: {name: 'trades', loss: 'focal'},
    };
    expect(checkNamed('here', 'method', switching)).toEqual({
      ...{name: 'switch-at', epoch: 3, before: {name: 'natural'}},
      after: {name: 'trades', loss: {name: 'focal'}},
    });
    expect(checkNamed('here', 'schedule', {name: 'warmup', epochs: 2, into: 'cosine'})).toEqual({
      ...{name: 'warmup', epochs: 2, into: {name: 'cosine'}},
    });
  });

  it.each([
    [
      'method',
      'trade',
      /"here" must be a method \(natural, .*\), found "trade"\. Did you mean "trades"\?/,
    ],
    ['attack', 'pdg', /"here" must be an attack .* Did you mean "pgd"\?/],
    ['method', 'constructor', /"here" must be a method .* found "constructor"/],
    ['method', 3, /"here" must be the name of a method, or \{"name": \.\.\.\} .* found .*3/],
    ['method', {}, /"here" must be the name of a method/],
    ['method', null, /"here" must be the name of a method/],
    ['method', {name: 7}, /"here" must be the name of a method/],
    [
      'method',
      {name: 'mart', lamda: 3},
      /"here.lamda" must be an option of mart \(lambda, attackMode\), found "lamda"\. Did you mean "lambda"\?/,
    ],
    ['method', {name: 'mart', lambda: '3'}, /"here.lambda" must be number, found .*"3"/],
    [
      'method',
      {name: 'mart', attackMode: 'train'},
      /"here.attackMode" must be \('inference' \| 'batch-statistics' \| 'training'\), found/,
    ],
    [
      'method',
      {name: 'rslad'},
      /"here.teacher" must be given, found nothing\. Add it: rslad needs it\./,
    ],
    [
      'method',
      {name: 'trades', loss: 'focl'},
      /"here.loss" must be a loss .* Did you mean "focal"\?/,
    ],
    [
      'method',
      {name: 'switch-at', epoch: 2, before: 'natural', after: {name: 'mart', x: 1}},
      /"here.after.x" must be an option of mart/,
    ],
    ['method', {name: 'mart', loss: 'focal'}, /"here.loss" must be an option of mart/],
  ] as const)('refuses the %s %j', (kind, value, message) => {
    expect(() => checkNamed('here', kind, value)).toThrow(message);
  });
});
