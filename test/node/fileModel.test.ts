import {createHash} from 'node:crypto';
import {readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {loadGraphModel} from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {fileModel} from '../../src/node/fileModel';
import {withFolder} from '../support/folders';
import {denseArtifacts} from '../support/graphModels';
import {expectClose, numbers} from '../support/tensors';

const l = layers.layers;
const net = (seed: number) =>
  layers.sequential({
    layers: [
      l.conv2d({inputShape: [5, 5, 1], filters: 3, kernelSize: 3, activation: 'relu'}),
      l.batchNormalization(),
      l.flatten(),
      l.dense({units: 4, kernelInitializer: layers.initializers.glorotUniform({seed})}),
    ],
  });

const x = () => tf.randomUniform<tf.Rank.R4>([3, 5, 5, 1], 0, 1, 'float32', 7);
const outputs = (model: {predict(x: tf.Tensor): unknown}) =>
  tf.tidy(() => numbers(model.predict(x()) as tf.Tensor));

/** y = x · w + b as a graph model, its weights in two shards. */
const graph = {
  format: 'graph-model',
  modelTopology: {
    node: [
      {
        name: 'x',
        op: 'Placeholder',
        attr: {dtype: {type: 'DT_FLOAT'}, shape: {shape: {dim: [{size: '-1'}, {size: '2'}]}}},
      },
      {
        name: 'w',
        op: 'Const',
        attr: {
          dtype: {type: 'DT_FLOAT'},
          value: {tensor: {dtype: 'DT_FLOAT', tensorShape: {dim: [{size: '2'}, {size: '1'}]}}},
        },
      },
      {
        name: 'b',
        op: 'Const',
        attr: {
          dtype: {type: 'DT_FLOAT'},
          value: {tensor: {dtype: 'DT_FLOAT', tensorShape: {dim: [{size: '1'}]}}},
        },
      },
      {
        name: 'product',
        op: 'MatMul',
        input: ['x', 'w'],
        attr: {T: {type: 'DT_FLOAT'}, transpose_a: {b: false}, transpose_b: {b: false}},
      },
      {name: 'y', op: 'AddV2', input: ['product', 'b'], attr: {T: {type: 'DT_FLOAT'}}},
    ],
    versions: {producer: 1},
  },
  weightsManifest: [
    {
      paths: ['a.bin', 'b.bin'],
      weights: [
        {name: 'w', shape: [2, 1], dtype: 'float32'},
        {name: 'b', shape: [1], dtype: 'float32'},
      ],
    },
  ],
};
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const graphFiles = {
  'model.json': JSON.stringify(graph),
  'a.bin': floats(2),
  'b.bin': floats(3, 10),
};

describe('fileModel', () => {
  it.each(['deep/model', 'deep/net.json'])('saves and loads a layers model: %s', async (place) => {
    await withFolder({}, async (folder) => {
      const location = join(folder, place);
      const model = net(1);
      await model.save(fileModel(location));
      const loaded = await layers.loadLayersModel(fileModel(location));
      expect(outputs(loaded)).toEqual(outputs(model));
      expect(loaded.layers.map((layer) => layer.name)).toEqual(
        model.layers.map((layer) => layer.name),
      );
      model.dispose();
      loaded.dispose();
    });
  });

  it('replaces a model as a whole, and keeps no old weights', async () => {
    await withFolder({'notes.bin': 'mine'}, async (folder) => {
      const [first, second] = [net(1), net(2)];
      await first.save(fileModel(folder));
      await second.save(fileModel(folder));
      const names = await readdir(folder);
      expect(names.filter((name) => name.includes('weights-'))).toHaveLength(1);
      expect(names).toHaveLength(3);
      const loaded = await layers.loadLayersModel(fileModel(folder));
      expect(outputs(loaded)).toEqual(outputs(second));
      tf.dispose([first, second, loaded].map((model) => model.getWeights()));
    });
  });

  it('loads a graph model, its weights in parts', async () => {
    await withFolder(graphFiles, async (folder) => {
      const model = await loadGraphModel(fileModel(join(folder, 'model.json')));
      tf.tidy(() => {
        expect(
          numbers(
            model.predict(
              tf.tensor2d([
                [1, 1],
                [0, 2],
              ]),
            ) as tf.Tensor,
          ),
        ).toEqual([15, 16]);
      });
      model.dispose();
    });
  });

  it('loads graph models that attacks take: with a softmax, with logits, and with neither', async () => {
    const kernel = [
      [4, -4],
      [-4, 4],
    ];
    const attack = async (endings: Parameters<typeof denseArtifacts>[0]['endings']) =>
      withFolder({}, async (folder) => {
        const handler = fileModel(join(folder, 'graph/model.json'));
        await handler.save(denseArtifacts({kernel, endings}));
        const graph = await loadGraphModel(handler);
        const x = tf.tensor2d([0.9, 0.1, 0.52, 0.48], [2, 2]);
        const labels = tf.tensor1d([0, 0], 'int32');
        try {
          const adversarial = pgdAttack(graph, x, labels, {epsilon: 0.05, steps: 10});
          const values = numbers(adversarial);
          adversarial.dispose();
          return values;
        } finally {
          tf.dispose([x, labels]);
          graph.dispose();
        }
      });
    const before = tf.memory().numTensors;
    // The worst case of a linear model, by hand.
    const worst = [0.85, 0.15, 0.47, 0.53];
    expectClose(await attack(['Softmax']), worst, 1e-6);
    expectClose(await attack([]), worst, 1e-6);
    await expect(attack(['ArgMax'])).rejects.toThrow(/Candidates: 'logits' \(MatMul\)/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says which file of weights is missing, short or long', async () => {
    const message = (change: (folder: string) => Promise<unknown>) =>
      withFolder(graphFiles, async (folder) => {
        await change(folder);
        return fileModel(folder)
          .load()
          .then(
            () => 'none',
            (error: unknown) => String(error).replaceAll(folder, '.'),
          );
      });
    expect(await message((folder) => rm(join(folder, 'b.bin')))).toMatch(
      /^DataFormatError: \.\/model\.json: expected the file of weights b\.bin beside it at byte 0, found .*ENOENT/,
    );
    expect(await message((folder) => truncate(join(folder, 'b.bin'), 7))).toBe(
      'DataFormatError: ./b.bin: expected 12 bytes of weights in a.bin, b.bin at byte 11, found the ' +
        'end after 11.',
    );
    expect(await message((folder) => writeFile(join(folder, 'b.bin'), new Uint8Array(9)))).toMatch(
      /^DataFormatError: \.\/b\.bin: expected the end of a file of at most 8 bytes at byte 8/,
    );
    expect(await message((folder) => rm(join(folder, 'model.json')))).toMatch(
      /^InvalidArgumentError: fileModel: "location" must name files that can be read/,
    );
  });

  it.each([
    ['no JSON', '{', /model\.json: expected JSON at byte 0/],
    ['other JSON', '[1]', /expected a model with a modelTopology/],
    ['no manifest', '{"modelTopology": {}}', /expected a weightsManifest/],
    [
      'a way out of the folder',
      JSON.stringify({...graph, weightsManifest: [{paths: ['../a.bin'], weights: []}]}),
      /beside the model at byte 0, found \.\.\/a\.bin/,
    ],
    [
      'another dtype',
      JSON.stringify({
        ...graph,
        weightsManifest: [{paths: ['a.bin'], weights: [{name: 'w', shape: [1], dtype: 'float8'}]}],
      }),
      /expected a weightsManifest/,
    ],
    ...[-1, 1.5, '2'].map((length): [string, string, RegExp] => [
      `a length of ${JSON.stringify(length)}`,
      JSON.stringify({
        ...graph,
        weightsManifest: [
          {paths: ['a.bin'], weights: [{name: 'w', shape: [length], dtype: 'float32'}]},
        ],
      }),
      /expected a weightsManifest/,
    ]),
    [
      'a huge shape',
      JSON.stringify({
        ...graph,
        weightsManifest: [
          {paths: ['a.bin'], weights: [{name: 'w', shape: [1e12], dtype: 'float32'}]},
        ],
      }),
      /expected 4000000000000 bytes of weights/,
    ],
  ])('refuses %s', async (_name, json, expected) => {
    await withFolder({...graphFiles, 'model.json': json}, async (folder) => {
      await expect(fileModel(folder).load()).rejects.toThrow(expected);
    });
  });

  it('needs a path', () => {
    expect(() => fileModel('')).toThrow(/^fileModel: "location" must be the path of a model\.json/);
  });

  it('writes the format of tfjs', async () => {
    await withFolder({}, async (folder) => {
      const model = net(1);
      await model.save(fileModel(folder));
      const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as typeof graph;
      expect(Object.keys(json).sort()).toEqual(
        ['convertedBy', 'format', 'generatedBy', 'modelTopology', 'weightsManifest'].sort(),
      );
      expect(json.format).toBe('layers-model');
      expect(json.weightsManifest[0]!.weights).toHaveLength(model.weights.length);
      model.dispose();
    });
  });
  type Spec = {name?: unknown; shape?: unknown; dtype?: unknown; quantization?: {dtype: string}};
  const modelOf = (...groups: unknown[]) =>
    JSON.stringify({modelTopology: {}, format: 'x', weightsManifest: groups});
  const loadOf = (files: Record<string, Uint8Array | string>) =>
    withFolder(files, (folder) =>
      fileModel(folder)
        .load()
        .then(
          ({weightData, weightSpecs}) => ({
            bytes: [...new Uint8Array(weightData as ArrayBuffer)],
            names: weightSpecs?.map(({name}) => name),
          }),
          (error: unknown) => String(error).replaceAll(folder, '.'),
        ),
    );

  const spec = {name: 'w', shape: [1], dtype: 'float32'};
  const NO_MANIFEST =
    'DataFormatError: ./model.json: expected a weightsManifest that lists paths and weights at byte 0, found another or none.';

  it.each<[string, unknown]>([
    ['null', null],
    ['no paths', {weights: [spec]}],
    ['paths that are none', {paths: 'a.bin', weights: [spec]}],
    ['a path that is no text', {paths: [3], weights: [spec]}],
    ['a path that is no text after one that is', {paths: ['a.bin', 3], weights: [spec]}],
    ['a weight that is none after one that is', {paths: ['a.bin'], weights: [spec, 3]}],
    ['no weights', {paths: ['a.bin']}],
    ['a weight that is null', {paths: ['a.bin'], weights: [null]}],
    ['a weight without a name', {paths: ['a.bin'], weights: [{...spec, name: 3}]}],
    ['a weight without a dtype', {paths: ['a.bin'], weights: [{...spec, dtype: 4}]}],
    ['a weight without a shape', {paths: ['a.bin'], weights: [{...spec, shape: '1'}]}],
  ])('refuses a group of weights: %s', async (_name, group) => {
    expect(await loadOf({'model.json': modelOf(group), 'a.bin': floats(1)})).toBe(NO_MANIFEST);
    const good = {paths: ['a.bin'], weights: [spec]};
    expect(await loadOf({'model.json': modelOf(good, group), 'a.bin': floats(1)})).toBe(
      NO_MANIFEST,
    );
  });

  it.each(['null', '5', '"x"', '[]', '{"modelTopolog": 1}'])(
    'refuses the JSON %s',
    async (json) => {
      expect(await loadOf({'model.json': json})).toBe(
        'DataFormatError: ./model.json: expected a model with a modelTopology at byte 0, found other JSON.',
      );
    },
  );

  it.each<[Spec, number]>([
    [{dtype: 'float32'}, 4],
    [{dtype: 'int32'}, 4],
    [{dtype: 'bool'}, 1],
    [{dtype: 'complex64'}, 8],
    [{dtype: 'float32', quantization: {dtype: 'uint8'}}, 1],
    [{dtype: 'float32', quantization: {dtype: 'uint16'}}, 2],
    [{dtype: 'float32', quantization: {dtype: 'float16'}}, 2],
  ])('knows how long weights are: %j takes %d bytes', async (more, width) => {
    const model = modelOf({paths: ['a.bin'], weights: [{name: 'w', shape: [2, 3], ...more}]});
    const enough = await loadOf({'model.json': model, 'a.bin': new Uint8Array(6 * width)});
    expect(enough).toMatchObject({bytes: new Array<number>(6 * width).fill(0)});
    expect(await loadOf({'model.json': model, 'a.bin': new Uint8Array(6 * width - 1)})).toBe(
      `DataFormatError: ./a.bin: expected ${6 * width} bytes of weights in a.bin at byte ` +
        `${6 * width - 1}, found the end after ${6 * width - 1}.`,
    );
  });

  it('takes texts of any length, scalars, and weights without values', async () => {
    const strings = modelOf({
      paths: ['a.bin'],
      weights: [{name: 's', shape: [2], dtype: 'string'}],
    });
    expect(await loadOf({'model.json': strings, 'a.bin': Uint8Array.of(1, 2, 3)})).toMatchObject({
      bytes: [1, 2, 3],
    });
    const weights = [
      {name: 'none', shape: [0, 3], dtype: 'float32'},
      {name: 'one', shape: [], dtype: 'bool'},
    ];
    const scalars = modelOf({paths: ['a.bin'], weights});
    expect(await loadOf({'model.json': scalars, 'a.bin': Uint8Array.of(1)})).toEqual({
      ...{bytes: [1], names: ['none', 'one']},
    });
  });

  it('joins the groups in their order, from folders below too', async () => {
    const bool = (name: string) => ({name, shape: [1], dtype: 'bool'});
    const model = modelOf(
      {paths: ['b.bin', 'deep/er/c.bin'], weights: [bool('x'), bool('y')]},
      {paths: ['..a.bin'], weights: [bool('z')]},
    );
    const files = {
      'b.bin': Uint8Array.of(1),
      'deep/er/c.bin': Uint8Array.of(2),
      '..a.bin': Uint8Array.of(3),
    };
    expect(await loadOf({'model.json': model, ...files})).toEqual({
      ...{bytes: [1, 2, 3], names: ['x', 'y', 'z']},
    });
  });

  it.each(['/etc/hostname', '../a.bin', 'x/../../a.bin', '..'])(
    'takes no file of weights outside of its folder: %s',
    async (name) => {
      const model = modelOf({paths: [name], weights: [spec]});
      expect(await loadOf({'model.json': model, 'a.bin': floats(1)})).toBe(
        `DataFormatError: ./model.json: expected files of weights beside the model at byte 0, found ${name}.`,
      );
    },
  );

  it('saves no model without a topology in JSON', async () => {
    await withFolder({}, async (folder) => {
      const {save} = fileModel(folder);
      await expect(save({weightSpecs: []})).rejects.toThrow(
        'fileModel: "artifacts" must have a model topology in JSON, found none. ' +
          'Save a layers model with model.save(fileModel(path)).',
      );
      await expect(save({modelTopology: new ArrayBuffer(3)})).rejects.toThrow(
        '"artifacts" must have a model topology in JSON, found a binary one.',
      );
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it('says what it saved, and names the weights by their content', async () => {
    await withFolder({}, async (folder) => {
      const [first, second] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
      const weightSpecs = [{name: 'w', shape: [3], dtype: 'bool' as const}];
      const weightData = [first.buffer, second.buffer];
      const topology = {a: 'é'};
      const {modelArtifactsInfo} = await fileModel(join(folder, 'net.json')).save({
        ...{modelTopology: topology, weightSpecs, weightData},
      });
      expect(modelArtifactsInfo).toMatchObject({
        ...{modelTopologyType: 'JSON', weightDataBytes: 3},
        modelTopologyBytes: JSON.stringify(topology).length,
      });
      const digest = createHash('sha256')
        .update(Uint8Array.of(1, 2, 3))
        .digest('hex');
      const shard = `net.weights-${digest.slice(0, 16)}.bin`;
      expect((await readdir(folder)).sort()).toEqual(['net.json', shard]);
      const json = JSON.parse(await readFile(join(folder, 'net.json'), 'utf8')) as typeof graph;
      expect(json.weightsManifest).toEqual([{paths: [shard], weights: weightSpecs}]);
      expect([...(await readFile(join(folder, shard)))]).toEqual([1, 2, 3]);
    });
  });

  it('removes the weights that it wrote before, and those of no other model', async () => {
    const others = {
      'other.weights-0123456789abcdef.bin': 'x',
      'model.weights-0123456789abcde.bin': 'x',
      'model.weights-0123456789abcdeg.bin': 'x',
      'model.weights-0123456789abcdef.bin.txt': 'x',
      'model.bin': 'x',
    };
    const own = {
      'model.weights-0123456789abcdef.bin': 'x',
      'model.weights-aaaaaaaaaaaaaaaa.bin': 'x',
    };
    await withFolder({...others, ...own}, async (folder) => {
      await fileModel(folder).save({modelTopology: {}});
      const empty = createHash('sha256').update('').digest('hex').slice(0, 16);
      expect((await readdir(folder)).sort()).toEqual(
        [...Object.keys(others), 'model.json', `model.weights-${empty}.bin`].sort(),
      );
    });
  });

  it('says what to pass', () => {
    for (const location of ['', 5, undefined]) {
      expect(() => fileModel(location as string)).toThrow(
        /^fileModel: "location" must be the path of a model\.json or its folder, found .* Pass one such as 'model\/model\.json'\.$/,
      );
    }
  });
});
