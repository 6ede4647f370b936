import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {autoAttack, type AutoAttackOptions} from '../../../src/attacks/autoAttack/autoAttack';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import type {AutoAttackReport} from '../../../src/attacks/autoAttack/report';
import type {EvaluationAttack} from '../../../src/core/attack';
import {memoryCheckpoints, type CheckpointValue} from '../../../src/core/checkpoint';
import type {Classifier, Model} from '../../../src/core/classifier';
import {withIdentity} from '../../../src/core/identity';
import type {Progress} from '../../../src/core/progress';
import {createRng} from '../../../src/core/rng';
import type {Norm} from '../../../src/core/threatModel';
import {soundExamples, soundModel} from '../../support/brokenModels';
import {foldsIntoAnother, linearModel, tinyConvNet} from '../../support/models';
import {expectNoLeak, int, numbers} from '../../support/tensors';

type Batch = readonly [x: tf.Tensor4D, labels: tf.Tensor1D];

const WHITE_BOX = ['apgd-ce', 'apgd-t', 'fab-t'] as const;
const rng = createRng(11);

// A small standard ensemble on 6x6 images of a linear model.
const {x, labels} = soundExamples(12);
// The last one has another label: misclassified from the start.
const mixed = tf.tidy(() => {
  const truth = numbers(labels);
  truth[11] = ((truth[11] as number) + 1) % 4;
  return int(truth);
});
afterAll(() => tf.dispose([x, labels, mixed]));

const small = {epsilon: 0.05, steps: 10, queries: 40, rng} satisfies AutoAttackOptions;

/** A report less its times. */
const untimed = ({elapsedMs: _all, components, ...report}: AutoAttackReport) => ({
  ...report,
  components: components.map(({elapsedMs: _one, ...component}) => component),
});

describe('the report', () => {
  it('is plain data: verdicts, accuracies after each part, costs', async () => {
    const report = await autoAttack(soundModel, x, mixed, small);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      ...{version: 'standard', norm: 'linf', epsilon: 0.05, clip: [0, 1], quantize: null},
      ...{examples: 12, numClasses: 4, cleanAccuracy: 11 / 12},
    });
    expect(report.components.map(({name}) => name)).toEqual([
      ...['apgd-ce', 'apgd-t', 'fab-t', 'square'],
    ]);
    const count = (verdict: string) => report.samples.filter((s) => s.verdict === verdict).length;
    expect(count('misclassified')).toBe(1);
    expect(count('robust') / 12).toBe(report.robustAccuracy);
    expect(count('broken')).toBeGreaterThan(0);
    expect(count('robust')).toBeGreaterThan(0);
    let before = report.cleanAccuracy;
    for (const {broken, attacked, robustAccuracy, perClass} of report.components) {
      expect(robustAccuracy).toBeCloseTo(before - broken / 12, 12);
      expect(attacked).toBe(Math.round(before * 12));
      const right = perClass.reduce((sum, c) => sum + (c.robustAccuracy ?? 0) * c.total, 0);
      expect(right / 12).toBeCloseTo(robustAccuracy, 12);
      before = robustAccuracy;
    }
    for (const key of ['forward', 'backward', 'queries'] as const) {
      const samples = report.samples.reduce((sum, sample) => sum + sample[key], 0);
      const parts = report.components.reduce((sum, part) => sum + part[key], 0);
      expect(samples).toBe(report.cost[key]);
      expect(parts + (key === 'forward' ? 12 : 0)).toBe(report.cost[key]); // clean predictions
    }
  });

  it('has where, by what and how far each example was broken', async () => {
    const {report, adversarial} = await autoAttack(soundModel, x, mixed, {
      ...small,
      adversarial: true,
    });
    const distances = tf.tidy(() => numbers(tf.max(tf.abs(tf.sub(adversarial, x)), [1, 2, 3])));
    const predictions = tf.tidy(() => numbers(tf.argMax(soundModel(adversarial), 1)));
    const truth = numbers(mixed);
    report.samples.forEach((sample, i) => {
      expect(sample.id).toBe(i);
      expect(sample.label).toBe(truth[i]);
      expect(sample.prediction).toBe(predictions[i]);
      expect(sample.distance ?? 0).toBeCloseTo(distances[i] as number, 6);
      expect(sample.attack !== null).toBe(sample.verdict === 'broken');
      expect(predictions[i] === truth[i]).toBe(sample.verdict === 'robust');
      if (sample.verdict === 'misclassified') {
        expect(sample).toMatchObject({forward: 1, backward: 0, queries: 0, distance: null});
      }
      expect(distances[i]).toBeLessThanOrEqual(0.05 + 1e-6);
    });
    adversarial.dispose();
  });

  it('counts what a survivor costs: section 10, less what is saved', async () => {
    const report = await autoAttack(soundModel, x, mixed, {...small, epsilon: 1e-4});
    const survivor = report.samples.find(({verdict}) => verdict === 'robust');
    // Clean 1; APGD 10 + 1; APGD-T 3 targets; FAB-T 2 x 10 each; Square 40 + 1.
    expect(survivor).toMatchObject({
      ...{forward: 1 + 11 + 3 * 11 + 3 * 20 + 41, backward: 10 + 3 * 10 + 3 * 10, queries: 41},
    });
  });
});

describe('verdicts', () => {
  it.each(['linf', 'l2'] as const)('are right on linear models, %s', async (norm: Norm) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 2, max: 10}), fc.nat(1000), async (classes, seed) => {
        const draw = createRng(seed);
        const size = 6;
        const weights = Array.from({length: classes}, () =>
          Array.from({length: size}, () => draw.normal()),
        );
        const points = Array.from({length: 5}, () =>
          Array.from({length: size}, () => draw.normal()),
        );
        const model = linearModel(weights, new Array<number>(classes).fill(0));
        const scores = points.map((p) => weights.map((w) => dot(w, p)));
        const truth = scores.map((z) => z.indexOf(Math.max(...z)));
        const exact = scores.map((z, i) =>
          distanceToBoundary(weights, z, truth[i] as number, norm),
        );
        const epsilon = [...exact].sort((a, b) => a - b)[2] as number;
        const batch = tf.tensor2d(points);
        const report = await autoAttack<tf.Tensor2D>(model, batch, int(truth), {
          ...{norm, epsilon: epsilon * 1.0001, clip: null, attacks: WHITE_BOX, rng},
          ...{steps: 40, diagnostics: false},
        });
        batch.dispose();
        report.samples.forEach(({verdict}, i) => {
          const distance = exact[i] as number;
          if (distance > 1.001 * epsilon) expect(verdict).toBe('robust');
          if (distance < epsilon / 1.06) expect(verdict).toBe('broken');
          // Two classes: APGD-CE alone settles it.
          if (classes === 2 && distance < epsilon) expect(verdict).toBe('broken');
        });
      }),
      {numRuns: 15},
    );
  });

  it('depend neither on the batch size, nor on the order, nor on the neighbours', async () => {
    const whole = await autoAttack(soundModel, x, mixed, {...small, diagnostics: false});
    const split = await autoAttack(soundModel, x, mixed, {
      ...{...small, diagnostics: false, batchSize: 5},
    });
    expect(split.samples).toEqual(whole.samples);
    const order = [7, 2, 11, 0];
    const [part, truth] = tf.tidy(() => [
      tf.gather(x, tf.tensor1d(order, 'int32')),
      tf.gather(mixed, tf.tensor1d(order, 'int32')),
    ]);
    const some = await autoAttack(soundModel, part as tf.Tensor4D, truth as tf.Tensor1D, {
      ...{...small, diagnostics: false, exampleIds: order},
    });
    expect(some.samples).toEqual(order.map((i) => whole.samples[i]));
    tf.dispose([part, truth] as tf.Tensor[]);
  });

  it('are the same with the published schedule, which costs more', async () => {
    const early = await autoAttack(soundModel, x, mixed, {...small, diagnostics: false});
    const strict = await autoAttack(soundModel, x, mixed, {
      ...{...small, diagnostics: false, earlyStop: false},
    });
    const verdicts = (report: AutoAttackReport) =>
      report.samples.map(({verdict, attack}) => ({verdict, attack}));
    expect(verdicts(strict)).toEqual(verdicts(early));
    expect(strict.cost.forward).toBeGreaterThan(early.cost.forward);
    // Even so, what falls takes no part in further targets: as published.
    const parts = ['apgd-t', 'fab-t'] as const;
    for (const part of parts) {
      const {samples} = await autoAttack(soundModel, x, mixed, {
        ...{...small, epsilon: 0.3, diagnostics: false, earlyStop: false, attacks: [part]},
      });
      expect(samples.map(({backward}) => backward)).toEqual([...new Array<number>(11).fill(10), 0]);
    }
  });

  it('of epsilon 0 are those of the clean input', async () => {
    const report = await autoAttack(soundModel, x, mixed, {...small, epsilon: 0});
    expect(report.robustAccuracy).toBe(report.cleanAccuracy);
  });

  it('take one epsilon per example', async () => {
    const epsilon = Array.from({length: 12}, (_, i) => (i % 2 === 0 ? 0 : 0.3));
    const report = await autoAttack(soundModel, x, labels, {...small, epsilon});
    expect(report.epsilon).toEqual(epsilon);
    report.samples.forEach(({verdict}, i) => {
      expect(verdict).toBe(i % 2 === 0 ? 'robust' : 'broken');
    });
  });

  it('hold on the 8-bit lattice, exactly', async () => {
    const images = tf.tidy(() => tf.div(tf.round(tf.mul(x, 255)), 255) as tf.Tensor4D);
    const truth = tf.tidy(() => tf.argMax<tf.Tensor1D>(soundModel(images), 1));
    const {report, adversarial} = await autoAttack(soundModel, images, truth, {
      ...{...small, epsilon: 8 / 255, quantize: 256, adversarial: true},
    });
    const before = numbers(images).map((v) => Math.round(v * 255));
    numbers(adversarial).forEach((value, i) => {
      const level = Math.round(value * 255);
      expect(value).toBe(Math.fround(level / 255));
      expect(Math.abs(level - (before[i] as number))).toBeLessThanOrEqual(8);
    });
    expect(report.robustAccuracy).toBeLessThan(1);
    const again = tf.tidy(() => numbers(tf.argMax(soundModel(adversarial), 1)));
    expect(again).toEqual(report.samples.map(({prediction}) => prediction));
    tf.dispose([images, truth, adversarial]);
  });

  it('of 2 and 3 classes need no fourth one', async () => {
    for (const classes of [2, 3]) {
      const net = tinyConvNet({classes, seed: 3});
      const images: tf.Tensor4D = tf.randomUniform([4, 8, 8, 1], 0, 1, 'float32', 4);
      const truth = tf.tidy(() => tf.argMax<tf.Tensor1D>(net.predict(images) as tf.Tensor2D, 1));
      const report = await autoAttack(net, images, truth, {...small, epsilon: 0.3});
      expect(report.warnings.map(({code}) => code)).toEqual(['dlr-variant', 'few-examples']);
      expect(report.robustAccuracy).toBeLessThan(1);
      tf.dispose([images, truth]);
      net.dispose();
    }
  });
});

describe('verdicts of many classes', () => {
  it.each([10, 100, 200])('%d: the nine most likely are targets', async (classes) => {
    const draw = createRng(classes);
    const pixels = 36;
    const weights = tf.tensor2d(
      Float32Array.from({length: pixels * classes}, () => draw.normal()),
      [pixels, classes],
    );
    const model: Classifier = (input) =>
      tf.matMul(tf.sub(tf.reshape(input, [-1, pixels]), 0.5), weights);
    const truth = tf.tidy(() => tf.argMax<tf.Tensor1D>(model(x), 1));
    const report = await autoAttack(model, x, truth, {...small, epsilon: 0.015});
    expect(report).toMatchObject({numClasses: classes, cleanAccuracy: 1});
    expect(report.perClass).toHaveLength(classes);
    const survivor = report.samples.find(({verdict}) => verdict === 'robust');
    expect(survivor?.backward).toBe(10 + 9 * 10 + 9 * 10);
    // Beyond nine targets there is no guarantee; what is in reach of the nearest class falls.
    const [columns, scores] = tf.tidy(() => [
      tf.transpose(weights).arraySync() as number[][],
      model(x).arraySync(),
    ]);
    const exact = scores.map((z, i) =>
      distanceToBoundary(columns, z, report.samples[i]?.label ?? NaN, 'linf'),
    );
    expect(report.samples.some(({verdict}) => verdict === 'broken')).toBe(true);
    report.samples.forEach(({verdict}, i) => {
      if ((exact[i] as number) > 0.015 * 1.001) expect(verdict).toBe('robust');
      if ((exact[i] as number) < 0.015 / 1.06) expect(verdict).toBe('broken');
    });
    tf.dispose([weights, truth]);
  });
});

describe('versions', () => {
  it.each([
    ['plus', ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t']],
    ['rand', ['apgd-ce', 'apgd-dlr']],
    ['fast', ['apgd-ce', 'apgd-t']],
  ] as const)('%s', async (version, names) => {
    const tiny = {...small, steps: 3, queries: 5, epsilon: 1e-5, diagnostics: false};
    const report = await autoAttack(soundModel, x, labels, {...tiny, version});
    expect(report.version).toBe(version);
    expect(report.components.map(({name}) => name)).toEqual(names);
    const samples = version === 'rand' ? 20 : 1;
    const restarts = version === 'plus' ? 5 : 1;
    expect(report.components[0]).toMatchObject({
      forward: 12 * (3 * samples + 1) * restarts,
      backward: 12 * 3 * samples * restarts,
    });
  });

  it('custom: parts by name, and attacks of the caller', async () => {
    const darken: EvaluationAttack = (_model, batch) =>
      tf.tidy(() => tf.maximum<tf.Tensor4D>(tf.sub(batch, 0.05), 0));
    const report = await autoAttack(soundModel, x, mixed, {
      ...small,
      attacks: [{name: 'darken', attack: darken}, 'apgd-ce'],
    });
    expect(report.version).toBe('custom');
    expect(report.components.map(({name}) => name)).toEqual(['darken', 'apgd-ce']);
    expect(report.warnings.map(({code}) => code)).not.toContain('unconfirmed');
    const darkened = tf.tidy(() =>
      numbers(tf.argMax(soundModel(tf.maximum(tf.sub(x, 0.05), 0)), 1)),
    );
    const truth = numbers(mixed);
    report.samples.forEach(({attack, verdict}, i) => {
      const falls = verdict !== 'misclassified' && darkened[i] !== truth[i];
      expect(attack === 'darken').toBe(falls);
    });
  });
});

describe('a long run', () => {
  const options = {...small, epsilon: 0.02, batchSize: 4} satisfies AutoAttackOptions;

  it('reports each batch: part, accuracies so far', async () => {
    const seen: Progress[] = [];
    await autoAttack(soundModel, x, mixed, {...options, onProgress: (p) => void seen.push(p)});
    expect(seen[0]).toMatchObject({phase: 'apgd-ce', done: 1, total: 3, unit: 'batch'});
    expect(seen[0]?.metrics['clean']).toBeCloseTo(11 / 12, 12);
    expect(new Set(seen.map(({phase}) => phase))).toContain('square');
    const robust = seen.map(({metrics}) => metrics['robust'] as number);
    expect(robust).toEqual([...robust].sort((a, b) => b - a));
  });

  it('goes on from saved JSON after every possible stop, to the same report', async () => {
    const whole = await autoAttack(soundModel, x, mixed, options);
    for (const stopAfter of [1, 2, 4, 6]) {
      let saved: string | undefined;
      const store = {
        load: () =>
          Promise.resolve(saved === undefined ? undefined : (JSON.parse(saved) as CheckpointValue)),
        save: (_key: string, value: CheckpointValue) => {
          saved = JSON.stringify(value);
          return Promise.resolve();
        },
      };
      const controller = new AbortController();
      let batches = 0;
      await expectNoLeak(() =>
        expect(
          autoAttack(soundModel, x, mixed, {
            ...{...options, checkpoints: store, signal: controller.signal},
            onProgress: () => {
              if (++batches === stopAfter) controller.abort(new Error('stopped'));
            },
          }),
        ).rejects.toThrow('stopped'),
      );
      const resumed = await autoAttack(soundModel, x, mixed, {...options, checkpoints: store});
      expect(untimed(resumed)).toEqual(untimed(whole));
    }
  });

  it('leaves a state to go on from when the model throws half-way', async () => {
    const store = memoryCheckpoints();
    let calls = 0;
    const failing: Classifier = (input) => {
      if (++calls > 60) throw new Error('out of memory');
      return soundModel(input);
    };
    await expectNoLeak(() =>
      expect(autoAttack(failing, x, mixed, {...options, checkpoints: store})).rejects.toThrow(
        'out of memory',
      ),
    );
    const resumed = await autoAttack(soundModel, x, mixed, {...options, checkpoints: store});
    expect(untimed(resumed)).toEqual(untimed(await autoAttack(soundModel, x, mixed, options)));
  });

  it('passes on that a state cannot be saved, and goes on from the last that was', async () => {
    let saved: string | undefined;
    let saves = 0;
    const store = {
      load: () =>
        Promise.resolve(saved === undefined ? undefined : (JSON.parse(saved) as CheckpointValue)),
      save: (_key: string, value: CheckpointValue) => {
        if (++saves === 4) return Promise.reject(new Error('disk full'));
        saved = JSON.stringify(value);
        return Promise.resolve();
      },
    };
    await expectNoLeak(() =>
      expect(autoAttack(soundModel, x, mixed, {...options, checkpoints: store})).rejects.toThrow(
        'disk full',
      ),
    );
    expect(saves).toBe(4);
    const resumed = await autoAttack(soundModel, x, mixed, {...options, checkpoints: store});
    expect(untimed(resumed)).toEqual(untimed(await autoAttack(soundModel, x, mixed, options)));
  });

  it('refuses a state of another model', async () => {
    let saved: CheckpointValue | undefined;
    const checkpoints = {
      load: () => Promise.resolve(saved),
      save: (_key: string, value: CheckpointValue) => {
        saved = value;
        return Promise.resolve();
      },
    };
    const controller = new AbortController();
    const begun = autoAttack(soundModel, x, mixed, {
      ...{...options, checkpoints, signal: controller.signal},
      onProgress: () => {
        controller.abort(new Error('stopped'));
      },
    });
    await expect(begun).rejects.toThrow('stopped');
    const others: Classifier[] = [
      (input) => tf.mul(soundModel(input), 1.01),
      (input) => tf.reverse(soundModel(input), 1),
    ];
    for (const other of others) {
      await expectNoLeak(() =>
        expect(autoAttack(other, x, mixed, {...options, checkpoints})).rejects.toThrow(
          /the checkpoint under "autoAttack" is of another run: model \(first logits/,
        ),
      );
    }
    // What differs by rounding is the same model; the store's own object stays as it was.
    const before = JSON.stringify(saved);
    const kept = {...checkpoints, save: () => Promise.resolve()};
    const close: Classifier = (input) => tf.mul(soundModel(input), 1 + 1e-6);
    await autoAttack(close, x, mixed, {...options, checkpoints: kept});
    expect(JSON.stringify(saved)).toBe(before);
  });

  it('refuses a state of a component of the same name with other options', async () => {
    const attackWith = (steps: number): EvaluationAttack =>
      withIdentity(
        (model: Model<tf.Tensor4D>, ...[images, truth]: Batch) =>
          pgdAttack(model, images, truth, {epsilon: 0.05, steps}),
        {name: 'pgd', steps},
      );
    const checkpoints = memoryCheckpoints();
    const run = (mine: {steps?: number; attack: EvaluationAttack}) =>
      autoAttack(soundModel, x, mixed, {
        ...{epsilon: 0.05, attacks: ['apgd-ce', {name: 'mine', ...mine}], steps: 5},
        ...{rng, diagnostics: false, checkpoints},
      });
    const report = await run({attack: attackWith(3)});
    expect(untimed(await run({attack: attackWith(3)}))).toEqual(untimed(report));
    await expect(run({attack: attackWith(4)})).rejects.toThrow(
      'the checkpoint under "autoAttack" is of another run: custom.mine.attack.steps was 3 and is 4',
    );
    await expect(run({attack: attackWith(3), steps: 3})).rejects.toThrow(/custom\.mine\.steps was/);
    // Without an identity the source of the function speaks for it.
    await expect(run({attack: (_model, images) => tf.clone(images)})).rejects.toThrow(
      /another run: custom\.mine\.attack was .* and is "function attack/,
    );
  });

  it('refuses a state of other images, options or randomness', async () => {
    const checkpoints = memoryCheckpoints();
    await autoAttack(soundModel, x, mixed, {...options, checkpoints});
    for (const [other, field] of [
      [{epsilon: 0.06}, 'epsilon'],
      [{rng: createRng(12)}, 'rng'],
      [{steps: 11}, 'steps'],
      [{earlyStop: false}, 'earlyStop'],
    ] as const) {
      await expect(
        autoAttack(soundModel, x, mixed, {...options, checkpoints, ...other}),
      ).rejects.toThrow(`the checkpoint under "autoAttack" is of another run: ${field} was`);
    }
    await expect(autoAttack(soundModel, x, labels, {...options, checkpoints})).rejects.toThrow(
      /is of another run: labels was/,
    );
    const moved = tf.tidy(() => tf.mul<tf.Tensor4D>(x, 0.99));
    await expect(autoAttack(soundModel, moved, mixed, {...options, checkpoints})).rejects.toThrow(
      /is of another run: images was/,
    );
    moved.dispose();
  });

  it('holds no more memory after 50 batches than after one', async () => {
    const batches = 50;
    const many = soundExamples(batches * 2, 9);
    const peaks = new Map<string, {tensors: number; bytes: number}[]>();
    let peak = {tensors: 0, bytes: 0};
    const watched: Classifier = (input) => {
      const {numTensors, numBytes} = tf.memory();
      peak = {
        tensors: Math.max(peak.tensors, numTensors),
        bytes: Math.max(peak.bytes, numBytes),
      };
      return soundModel(input);
    };
    await autoAttack(watched, many.x, many.labels, {
      ...{epsilon: 1e-4, steps: 2, queries: 3, batchSize: 2, rng, diagnostics: false},
      onProgress: ({phase, done}) => {
        const own = peaks.get(phase) ?? [];
        peaks.set(phase, own);
        if (done === own.length + 1) own.push(peak); // not in the middle of a slow batch
        peak = {tensors: 0, bytes: 0};
      },
    });
    tf.dispose(Object.values(many));
    expect([...peaks.keys()]).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square']);
    for (const [phase, own] of peaks) {
      const [, second] = own;
      expect(own.slice(1), phase).toEqual(new Array(batches - 1).fill(second));
    }
  });
});

describe('bad input', () => {
  const bad = (
    options: object,
    on: {x?: tf.Tensor4D; labels?: tf.Tensor1D; model?: Classifier} = {},
  ) =>
    expectNoLeak(() =>
      autoAttack(on.model ?? soundModel, on.x ?? x, on.labels ?? labels, {
        ...small,
        ...options,
      }),
    );

  it.each([
    [{epsilon: undefined}, /"epsilon" must be given, found none. Pass the radius/],
    [
      {rng: undefined},
      /"rng" must be given: the attacks start at random, found undefined. Pass createRng/,
    ],
    [{epsilon: -1}, /"epsilon"/],
    [{epsilon: 8}, /"epsilon".*8 \/ 255/],
    [{norm: 'l1'}, /"norm"/],
    [{version: 'strong'}, /"version"/],
    [{version: 'custom'}, /"attacks" must be given with version 'custom'/],
    [
      {version: 'plus', attacks: ['fab']},
      /"attacks" must be given with version 'custom'.*found version 'plus'. Leave one/,
    ],
    [{attacks: []}, /"attacks".*no attack/],
    [{attacks: ['pgd']}, /"attacks".*'pgd'/],
    [{attacks: ['fab', 'fab']}, /"attacks".*fab twice/],
    [{attacks: [{name: 'x'}]}, /"attacks"/],
    [{batchSize: 0}, /"batchSize"/],
    [{steps: 0}, /"steps"/],
    [{queries: 1.5}, /"queries"/],
    [{numTargets: 0}, /"numTargets"/],
    [{restarts: 0}, /"restarts"/],
    [{restarts: 1.5}, /"restarts" must be an integer/],
    [{gradientSamples: -1}, /"gradientSamples"/],
    [{quantize: 256}, /"x" must lie on the 256 grey levels/],
    [{exampleIds: [1]}, /"exampleIds"/],
    [{exampleIds: new Array(12).fill(0.5)}, /"exampleIds" must be integers .* found 0.5/],
    [{exampleIds: new Array(12).fill(2 ** 31)}, /"exampleIds" must be integers/],
    [{diagnostics: 'false'}, /"diagnostics" must be true or false/],
    [{checkpoints: {}}, /"checkpoints" must have load and save.*Pass memoryCheckpoints/],
    [{checkpoints: {load: () => undefined}}, /"checkpoints" must have load and save/],
    [{stepz: 3}, /stepz/],
  ])('%o', async (options, message) => {
    await expect(bad(options)).rejects.toThrow(message);
  });

  it('x, labels and models', async () => {
    const images = tf.tidy(() => tf.mul(x, 255) as tf.Tensor4D);
    await expect(bad({}, {x: images})).rejects.toThrow(/"x".*Divide pixels by 255/);
    const broken = tf.tidy(() => tf.mul(x, NaN) as tf.Tensor4D);
    await expect(bad({}, {x: broken})).rejects.toThrow(/"x".*NaN/);
    const none: tf.Tensor4D = tf.zeros([0, 6, 6, 1]);
    await expect(bad({}, {x: none, labels: int([])})).rejects.toThrow(/"x".*at least one example/);
    const high = int(new Array<number>(12).fill(4));
    await expect(bad({}, {labels: high})).rejects.toThrow(/"labels" must lie in \[0, 4\)/);
    await expect(bad({}, {model: (b) => tf.mul(soundModel(b), NaN)})).rejects.toThrow(
      /"model" must give finite logits on clean inputs/,
    );
    await expect(bad({}, {model: (b) => tf.sum(soundModel(b), 1) as never})).rejects.toThrow(
      /"model"/,
    );
    const far: EvaluationAttack = (_model, batch) =>
      tf.tidy(() => tf.clipByValue(tf.add<tf.Tensor4D>(batch, 0.5), 0, 1));
    await expect(bad({attacks: [{name: 'far', attack: far}]})).rejects.toThrow(
      /"attacks: far" must stay within 0.05/,
    );
    const outside: EvaluationAttack = (_model, batch) =>
      tf.tidy(() => tf.sub<tf.Tensor4D>(tf.mul(batch, 0), 0.01));
    await expect(bad({attacks: [{name: 'outside', attack: outside}], epsilon: 1})).rejects.toThrow(
      /"attacks: outside" must stay in the range \[0, 1\]/,
    );
    const images8 = tf.tidy(() => tf.div<tf.Tensor4D>(tf.round(tf.mul(x, 255)), 255));
    const truth8 = tf.tidy(() => tf.argMax<tf.Tensor1D>(soundModel(images8), 1));
    const between: EvaluationAttack = (_model, batch) =>
      tf.tidy(() => tf.clipByValue(tf.add<tf.Tensor4D>(batch, 2.6 / 255), 0, 1));
    const onLevels = {quantize: 256, epsilon: 2.7 / 255};
    await expect(
      bad(
        {attacks: [{name: 'between', attack: between}], ...onLevels},
        {x: images8, labels: truth8},
      ),
    ).rejects.toThrow(/"attacks: between" must stay within .* grey levels/);
    tf.dispose([images8, truth8]);
    const short: EvaluationAttack = (_model, batch) => tf.slice(batch, 0, 1);
    await expect(bad({attacks: [{name: 'short', attack: short}]})).rejects.toThrow(
      /"attacks: short" must return/,
    );
    tf.dispose([images, broken, none, high]);
  });

  it('Square for vectors', async () => {
    const vectors = tf.zeros([2, 3]);
    const model = linearModel(
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      [1, 0],
    );
    await expect(
      autoAttack<tf.Tensor2D>(model, vectors as tf.Tensor2D, int([0, 0]), small),
    ).rejects.toThrow(/"x" must be images .*Leave Square out/);
    vectors.dispose();
  });
});

const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Exact distance of a linear model's point to the nearest other class. */
function distanceToBoundary(weights: number[][], z: number[], truth: number, norm: Norm): number {
  const distances = weights.flatMap((w, c) => {
    if (c === truth) return [];
    const difference = w.map((v, i) => v - (weights[truth]?.[i] as number));
    const dual =
      norm === 'linf'
        ? difference.reduce((sum, v) => sum + Math.abs(v), 0)
        : Math.hypot(...difference);
    return [((z[truth] as number) - (z[c] as number)) / dual];
  });
  return Math.min(...distances);
}

it('takes the word of the model as it is, not of the one with its batch norm folded', async () => {
  const model = foldsIntoAnother();
  const input = tf.tensor2d([[0.5, 0.5]]);
  const label = int([0]);
  const report = await autoAttack<tf.Tensor2D>(model, input, label, {
    ...{epsilon: 0.1, attacks: ['apgd-ce', 'fab-t'], steps: 5, rng: createRng(2)},
  });
  expect(report.samples[0]?.verdict).toBe('robust');
  expect(report.tallies.find(({code}) => code === 'unconfirmed')?.count).toBeGreaterThan(0);
  tf.dispose([input, label]);
  model.dispose();
});
