import {describe, expect, it} from 'vitest';

import {
  checkDataset,
  checkMethod,
  checkOptimizerForm,
  checkPosition,
} from '../../../src/core/checks/checkParts';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {pgdTraining} from '../../../src/methods/pgdTraining';
import {sgd} from '../../../src/optimizers/sgd';
import {cornerDataset} from '../../support/trainings';

const BAD = [undefined, null, 7, 'pgd', [], {}, new Map(), Symbol('s')];

describe('checkMethod', () => {
  it('takes a method', () => {
    expect(() => {
      checkMethod('f', 'method', pgdTraining());
    }).not.toThrow();
  });

  it.each(BAD)('refuses %o', (value) => {
    expect(() => {
      checkMethod('f', 'method', value);
    }).toThrow(/^f: "method" must be a training method.*Pass pgdTraining\(\)/);
  });

  it('knows a method that was not called', () => {
    expect(() => {
      checkMethod('f', 'method', pgdTraining);
    }).toThrow('Call it: pgdTraining() makes the method.');
    expect(() => {
      checkMethod('f', 'method', pgdAttack);
    }).toThrow('If it is an attack, make a method of it: pgdTraining({attack}).');
    expect(() => {
      checkMethod('f', 'method', {objective: 'mean'});
    }).toThrow(
      'found an object with objective. Pass pgdTraining(), atBslTraining({classCounts}), or a ' +
        'method of your own.',
    );
  });
});

describe('checkOptimizerForm', () => {
  it('takes an optimizer', () => {
    const optimizer = sgd({learningRate: 0.1});
    expect(() => {
      checkOptimizerForm('f', optimizer);
    }).not.toThrow();
    optimizer.dispose();
    const [applyGradients, getWeights, setWeights] = [() => 1, () => 1, () => 1];
    for (const part of [
      {getWeights, setWeights},
      {applyGradients, setWeights},
      {applyGradients, getWeights},
    ]) {
      expect(() => {
        checkOptimizerForm('f', part);
      }).toThrow(/must be an optimizer/);
    }
  });

  it.each(BAD)('refuses %o', (value) => {
    expect(() => {
      checkOptimizerForm('f', value);
    }).toThrow(/^f: "optimizer" must be an optimizer, found .*itself and not its name/);
  });
});

describe('checkDataset', () => {
  const dataset = cornerDataset([2, 1]);

  it('takes a dataset, also one whose methods are on its prototype', () => {
    const inherited = Object.create(dataset) as unknown;
    for (const value of [dataset, inherited]) {
      expect(() => {
        checkDataset('f', 'dataset', value);
      }).not.toThrow();
    }
  });

  it.each([
    ...BAD,
    {...dataset, numClasses: 0},
    {...dataset, numClasses: 2.5},
    {...dataset, labels: 5},
    {...dataset, batch: 5},
    {...dataset, numClasses: '2'},
  ])('refuses %o', (value) => {
    expect(() => {
      checkDataset('f', 'dataset', value);
    }).toThrow(/^f: "dataset" must be a dataset.*Make one with arrayDataset/);
  });

  it('knows a promise of one', () => {
    expect(() => {
      checkDataset('f', 'dataset', Promise.resolve(dataset));
    }).toThrow('Await it first.');
  });
});

describe('checkPosition', () => {
  it('takes a position, and does not read epochs', () => {
    const position = Object.defineProperty({epoch: 1, step: 3}, 'epochs', {
      get: () => expect.fail('read'),
    });
    expect(() => {
      checkPosition('f', 'position', position);
    }).not.toThrow();
  });

  it.each([
    ...BAD,
    {epoch: 0, epochs: 1, step: 1},
    {epoch: 1, epochs: 1, step: 0.5},
    {epoch: 1, step: 1},
    {epoch: 1.5, epochs: 1, step: 1},
    {epoch: 1, epochs: 1, step: 0},
    {epoch: 1, epochs: 1},
    {epochs: 1, step: 1},
  ])('refuses %o', (value) => {
    expect(() => {
      checkPosition('f', 'position', value);
    }).toThrow(/^f: "position" must be \{epoch, epochs, step\}/);
  });
});
