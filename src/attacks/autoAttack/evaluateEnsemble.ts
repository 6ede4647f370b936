import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {forExamples} from '../../core/byExample';
import type {Classifier} from '../../core/classifier';
import {alsoComputedOn} from '../../core/computedOn';
import {InvalidArgumentError} from '../../core/errors';
import {identityOf} from '../../core/identity';
import type {RunPlace} from '../../core/savedRun';
import {breather} from '../../core/progress';
import {featureThreatAsync} from '../../core/featureThreat';
import {mapPerExample} from '../../core/threatModel';
import {whileFrozen} from '../../math/freezeWeights';
import {logitsAt} from '../../math/logitsAt';
import {takeRows} from '../../math/rows';
import {withRows} from '../search/attackVerdicts';
import {paddedSize} from '../search/liveRows';
import {checkVerdictValues} from '../search/verdictOptions';
import {attackBatch} from './attackBatch';
import {diagnose, evidentWarnings} from './diagnose';
import {ensembleReport} from './ensembleReport';
import type {Component} from './components';
import type {EnsembleSettings, GivenEnsembleSettings} from './ensembleSettings';
import {recheckSquare} from './recheckSquare';
import type {AutoAttackReport} from './report';
import {initialState, type Run} from './run';
import {checkSameModel, ENSEMBLE_KIND, loadState, saveState} from './state';

/**
 * Runs an ensemble on all examples.
 *
 * @param inspects - Whether to look at the model before the attacks, if diagnostics are wanted.
 */
export async function evaluateEnsemble<I extends tf.Tensor>(
  classify: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  given: GivenEnsembleSettings<I>,
  inspects = true,
): Promise<{report: AutoAttackReport; adversarial: I | undefined}> {
  const {where, signal, checkpoints, checkpointKey} = given;
  signal?.throwIfAborted();
  const threat = await featureThreatAsync(where, given, x.shape);
  const settings: EnsembleSettings<I> = {...given, ...threat};
  const started = performance.now();
  await checkVerdictValues(where, x, settings);
  const truth = Int32Array.from(await labels.data());
  const {logits, numClasses} = await predict(classify, x, truth, settings);
  const place: RunPlace | undefined = checkpoints && {
    ...{where, store: checkpoints, key: checkpointKey, kind: ENSEMBLE_KIND},
    identity: await identityOf({...decisive(settings), images: x, labels: truth}),
  };
  const fresh = initialState(truth, logits, numClasses, settings);
  const frame = {
    ...{examples: truth.length, numClasses, components: settings.components.length},
    ...{pixels: x.size / truth.length, adversarial: settings.adversarial},
  };
  const saved = place && (await loadState(place, frame));
  if (place !== undefined && saved !== undefined && settings.version !== 'rand') {
    checkSameModel(place, saved, fresh);
  }
  const state = saved ?? fresh;
  state.computedOn = alsoComputedOn(state.computedOn);
  const before = state.elapsedMs;
  const save = async () => {
    state.elapsedMs = before + performance.now() - started;
    if (place !== undefined) await saveState(place, state);
  };
  await whileFrozen(classify, async (frozen) => {
    const run: Run<I> = {
      ...{classify, frozen, x, labels: truth, logits, numClasses, settings, state},
    };
    if (saved === undefined) {
      state.warnings.push(...evidentWarnings(run));
      if (settings.diagnostics && inspects) await diagnose(run);
      await save();
    }
    while (state.component < settings.components.length) await runComponent(run, save);
  });
  state.elapsedMs = before + performance.now() - started;
  const points = new Map(
    Object.entries(state.points).map(([row, values]) => [
      Number(row),
      {values: Float32Array.from(values)},
    ]),
  );
  return {
    report: ensembleReport(truth, numClasses, settings, state),
    adversarial: settings.adversarial ? withRows(x, points) : undefined,
  };
}

/** What must be equal for a saved state to be of use, images and labels aside. */
function decisive<I extends tf.Tensor>(settings: EnsembleSettings<I>): object {
  const {norm, epsilon, clip, quantize, earlyStop, version, batchSize, adversarial} = settings;
  const {steps, queries, numTargets, restarts, gradientSamples, exampleIds, rng} = settings;
  return {
    ...{norm, clip, quantize, earlyStop, version, batchSize, adversarial},
    ...{steps, queries, numTargets, restarts, gradientSamples, diagnostics: settings.diagnostics},
    dataFormat: settings.dataFormat ?? null,
    epsilon: mapPerExample(epsilon, (value) => value),
    features: settings.features,
    ids: exampleIds === undefined ? null : Array.from(exampleIds),
    rng: rng.state().slice(0, 2),
    components: settings.components.map(({name}) => name),
    custom: customOf(settings.components),
  };
}

/** The caller's own components by name, to be described whole; `undefined` where there is none. */
function customOf<I extends tf.Tensor>(components: readonly Component<I>[]): object | undefined {
  const custom = components.filter(({isCustom}) => isCustom);
  if (custom.length === 0) return undefined;
  return Object.fromEntries(custom.map((component) => [component.name, component.custom]));
}

/** The clean prediction of all examples, batch by batch. */
async function predict<I extends tf.Tensor>(
  classify: Classifier<I>,
  x: I,
  labels: Int32Array,
  {where, batchSize, signal}: EnsembleSettings<I>,
): Promise<{logits: Float32Array; numClasses: number}> {
  const breath = breather(signal);
  const parts: Float32Array[] = [];
  let numClasses = 0;
  for (let start = 0; start < labels.length; start += batchSize) {
    await breath();
    const count = Math.min(batchSize, labels.length - start);
    // The rows of the last batch, padded to a shape that is compiled already.
    const size = count === batchSize ? count : Math.min(paddedSize(count), batchSize);
    const rows = Int32Array.from({length: size}, (_, i) => start + (i < count ? i : 0));
    const input = takeRows(x, rows);
    let logits: tf.Tensor2D;
    try {
      logits = logitsAt(where, forExamples(classify, rows), input);
    } finally {
      input.dispose();
    }
    try {
      numClasses = logits.shape[1];
      parts.push((await logits.data<'float32'>()).slice(0, count * numClasses));
    } finally {
      tf.dispose(logits);
    }
  }
  const logits = new Float32Array(labels.length * numClasses);
  let offset = 0;
  for (const part of parts) {
    logits.set(part, offset);
    offset += part.length;
  }
  checkValues(where, logits, labels, numClasses);
  return {logits, numClasses};
}

function checkValues(
  where: string,
  logits: Float32Array,
  labels: Int32Array,
  numClasses: number,
): void {
  const outside = labels.find((label) => label < 0 || label >= numClasses);
  if (outside !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: `lie in [0, ${numClasses}): the model has ${numClasses} classes`,
      found: String(outside),
      remedy: 'Number the classes from 0.',
    });
  }
  if (logits.every(Number.isFinite)) return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'give finite logits on clean inputs',
    found: 'NaN or infinite values',
    remedy: 'Check the weights and the scale of x.',
  });
}

// One component: every example that is robust when it starts, batch by batch.
async function runComponent<I extends tf.Tensor>(
  run: Run<I>,
  save: () => Promise<void>,
): Promise<void> {
  const {settings, state} = run;
  const {batchSize} = settings;
  const component = at(settings.components, state.component);
  const robust = () =>
    state.samples.flatMap(({verdict}, row) => (verdict === 'robust' ? [row] : []));
  if (state.pending === null) {
    state.pending = robust();
    const record = state.components[state.component];
    if (record !== undefined) record.attacked = state.pending.length;
  }
  const attacked = state.components[state.component]?.attacked ?? 0;
  const batches = Math.ceil(attacked / batchSize);
  while (state.pending.length > 0) {
    const rows = state.pending.slice(0, batchSize);
    const batch = batches - Math.ceil(state.pending.length / batchSize);
    await attackBatch(run, component, rows, reporter(run, component.name, batch, batches));
    state.pending = state.pending.slice(batchSize);
    await save();
    await reporter(run, component.name, batch + 1, batches)(true);
  }
  const isSquare = component.name === 'square' && !component.isCustom;
  if (isSquare && state.component > 0 && settings.diagnostics) await recheckSquare(run);
  state.component++;
  state.pending = null;
  await save();
}

/** Reports progress at most every quarter of a second, or when told to. */
function reporter<I extends tf.Tensor>(
  {settings: {onProgress}, state, labels}: Run<I>,
  phase: string,
  done: number,
  total: number,
): (now: boolean) => Promise<void> {
  let last = performance.now();
  const fraction = (test: (verdict: string) => boolean) =>
    state.samples.filter(({verdict}) => test(verdict)).length / labels.length;
  return async (now) => {
    if (onProgress === undefined || (!now && performance.now() - last < 250)) return;
    last = performance.now();
    const clean = fraction((verdict) => verdict !== 'misclassified');
    const robust = fraction((verdict) => verdict === 'robust');
    await onProgress({phase, done, total, unit: 'batch', metrics: {clean, robust}});
  };
}
