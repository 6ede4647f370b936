import {layers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {loadStateDict} from '../../../src/models/pytorch/loadStateDict';
import {readSafetensors} from '../../../src/models/pytorch/readSafetensors';
import {stateDict} from '../../../src/models/pytorch/stateDict';
import {writeSafetensors} from '../../../src/models/pytorch/writeSafetensors';
import {NARROW, randomise, readGolden, TORCH} from '../../support/networks';
import {expectNoLeak, numbers} from '../../support/tensors';

const NETWORKS = Object.entries(NARROW);

describe.each(NETWORKS)('stateDict of %s', (name, {make, nameMap}) => {
  const [, height = 0, width = 0, channels = 0] = TORCH.networks[name]?.shape ?? [];
  const options = {inputShape: [height, width, channels] as const, numClasses: 4};

  it('gives back what PyTorch wrote, to the last bit', () =>
    expectNoLeak(async () => {
      const model = make(options);
      const {tensors} = readSafetensors(readGolden(`network-${name}.safetensors`));
      loadStateDict(model, tensors, {nameMap});
      const written = readSafetensors(writeSafetensors(await stateDict(model, {nameMap}))).tensors;
      const kept = [...tensors].filter(([key]) => !key.endsWith('num_batches_tracked'));
      expect(new Set(written.keys())).toEqual(new Set(kept.map(([key]) => key)));
      for (const [key, tensor] of kept) expect(written.get(key), key).toEqual(tensor);
      model.dispose();
    }));

  it('is undone by loadStateDict', () =>
    expectNoLeak(async () => {
      const [from, to] = [make(options), make({...options, seed: 2})];
      randomise(from, 7);
      loadStateDict(to, await stateDict(from));
      expect(to.getWeights().map(numbers)).toEqual(from.getWeights().map(numbers));
      from.dispose();
      to.dispose();
    }));
});

describe('stateDict', () => {
  it('gives copies: training on changes nothing there', async () => {
    const model = sequential({layers: [layers.dense({name: 'a', inputShape: [2], units: 2})]});
    const weights = await stateDict(model);
    const before = Array.from(weights.get('a.weight')?.values as Float32Array);
    randomise(model, 3);
    expect(Array.from(weights.get('a.weight')?.values as Float32Array)).toEqual(before);
    model.dispose();
  });

  it('leaves out what the map leaves out', async () => {
    const model = sequential({layers: [layers.dense({name: 'a', inputShape: [2], units: 2})]});
    const nameMap = (name: string) => (name === 'a.bias' ? undefined : name);
    expect([...(await stateDict(model, {nameMap})).keys()]).toEqual(['a.weight']);
    model.dispose();
  });
});
