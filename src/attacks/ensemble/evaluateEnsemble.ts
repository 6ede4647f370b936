import * as tf from '@tensorflow/tfjs-core';

import {checkModelShape} from '../../core/checkTensors';
import type {Classifier} from '../../core/classifier';
import {InvalidArgumentError} from '../../core/errors';
import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import {threatOf, withRows} from '../verdict/attackVerdicts';
import {predictedClass, rowOf} from '../verdict/logits';
import type {Outcome, Problem} from '../verdict/problem';
import {verifiedPoints} from '../verdict/verifiedPoints';
import type {Component} from './components';
import {inspectModel, pgdBaseline, type Subject, warning} from './diagnostics';
import {ensembleReport} from './ensembleReport';
import type {EnsembleSettings} from './ensembleSettings';
import type {AutoAttackReport} from './report';
import {type EnsembleState, fingerprintOf, loadState, saveState} from './state';

/** A run: the evaluation's inputs and what is known so far. */
interface Run<I extends tf.Tensor> {
  readonly classify: Classifier<I>;
  readonly x: I;
  readonly labels: Int32Array;
  readonly logits: Float32Array;
  readonly numClasses: number;
  readonly settings: EnsembleSettings<I>;
  readonly state: EnsembleState;
}

// As the official checks, on the first batch.
const INSPECTED = 100;

/** Runs an ensemble on all examples. */
export async function evaluateEnsemble<I extends tf.Tensor>(
  classify: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: EnsembleSettings<I>,
): Promise<{report: AutoAttackReport; adversarial: I | undefined}> {
  const {where, signal, checkpoints, checkpointKey} = settings;
  signal?.throwIfAborted();
  const started = performance.now();
  const truth = Int32Array.from(await labels.data());
  const {logits, numClasses} = await predict(classify, x, truth, settings);
  const fingerprint = fingerprintOf([JSON.stringify(identityOf(settings)), await x.data(), truth]);
  const saved =
    checkpoints === undefined
      ? undefined
      : await loadState(where, checkpoints, checkpointKey, fingerprint);
  const state = saved ?? initialState(fingerprint, truth, logits, numClasses, settings);
  const before = state.elapsedMs;
  const run: Run<I> = {classify, x, labels: truth, logits, numClasses, settings, state};
  const save = async () => {
    state.elapsedMs = before + performance.now() - started;
    if (checkpoints !== undefined) await saveState(checkpoints, checkpointKey, state);
  };
  if (saved === undefined) {
    if (settings.diagnostics) await diagnose(run);
    await save();
  }
  while (state.component < settings.components.length) await runComponent(run, save);
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

/** What must be equal for a saved state to be of use. */
function identityOf<I extends tf.Tensor>(settings: EnsembleSettings<I>): unknown {
  const {norm, epsilon, clip, quantize, earlyStop, version, batchSize, adversarial} = settings;
  const {steps, queries, numTargets, restarts, gradientSamples, exampleIds, rng} = settings;
  return {
    ...{norm, clip, quantize, earlyStop, version, batchSize, adversarial},
    ...{steps, queries, numTargets, restarts, gradientSamples, diagnostics: settings.diagnostics},
    epsilon: typeof epsilon === 'number' ? epsilon : [...epsilon],
    ids: exampleIds === undefined ? null : Array.from(exampleIds),
    rng: rng.state().slice(0, 2),
    components: settings.components.map(({name}) => name),
  };
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
    const rows = Array.from(labels.subarray(start, start + batchSize), (_, i) => start + i);
    const logits = tf.tidy(() => classify(tf.gather(x, tf.tensor1d(rows, 'int32'))));
    try {
      checkModelShape(where, logits, rows.length);
      numClasses = logits.shape[1];
      parts.push((await logits.data<'float32'>()).slice());
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

function initialState<I extends tf.Tensor>(
  fingerprint: string,
  labels: Int32Array,
  logits: Float32Array,
  numClasses: number,
  {components}: EnsembleSettings<I>,
): EnsembleState {
  return {
    format: 1,
    fingerprint,
    component: 0,
    pending: null,
    samples: Array.from(labels, (label, row) => {
      const prediction = predictedClass(rowOf(logits, row, numClasses));
      return {
        verdict: prediction === label ? 'robust' : 'misclassified',
        ...{component: -1, target: -1, prediction, distance: 0},
        ...{forward: 1, backward: 0, queries: 0},
      };
    }),
    components: components.map(() => ({
      ...{attacked: 0, forward: 0, backward: 0, queries: 0, zeroGradient: 0, elapsedMs: 0},
    })),
    points: {},
    nonFinite: [],
    unconfirmed: 0,
    warnings: [],
    baseline: null,
    diagnosticForward: 0,
    diagnosticBackward: 0,
    elapsedMs: 0,
  };
}

async function diagnose<I extends tf.Tensor>(run: Run<I>): Promise<void> {
  const {classify, x, labels, logits, numClasses, settings, state} = run;
  if (labels.length === 0) return;
  const {signal, version} = settings;
  const rowsOf = (rows: readonly number[]): Omit<Subject<I>, 'x' | 'isRand'> => ({
    model: classify,
    labels: rows.map((row) => labels[row] as number),
    numClasses,
    logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
  });
  const gather = (rows: readonly number[]) =>
    tf.tidy(() => tf.gather(x, tf.tensor1d([...rows], 'int32')));
  await disposeAfter(async (own) => {
    const first = Array.from(
      labels.subarray(0, Math.min(INSPECTED, settings.batchSize)),
      (_, i) => i,
    );
    const subject = {...rowsOf(first), x: own(gather(first)), isRand: version === 'rand'};
    const {warnings, forward} = await inspectModel(subject);
    state.warnings.push(...warnings);
    state.diagnosticForward += forward * first.length;
    signal?.throwIfAborted();
    const right = first.filter((row) => state.samples[row]?.verdict === 'robust');
    if (right.length === 0) return;
    const baseline = await pgdBaseline(
      {...rowsOf(right), x: own(gather(right))},
      threatOf(settings, right),
      settings.rng.fork('diagnostics'),
      right.map((row) => settings.exampleIds?.[row] ?? row),
    );
    const {pgd, scaledPgd, passes} = baseline;
    state.baseline = {pgd, scaledPgd, rows: right};
    state.diagnosticForward += 2 * (passes + 1) * right.length;
    state.diagnosticBackward += 2 * passes * right.length;
  });
  if (numClasses < 4 && settings.components.some(({name}) => name === 'apgd-t')) {
    state.warnings.push(
      warning(
        'dlr-variant',
        numClasses === 2
          ? 'With 2 classes APGD-T ascends the difference of the logits.'
          : 'With 3 classes the targeted DLR loss divides by z1 - z3.',
      ),
    );
  }
}

// One part: every example that is robust when it starts, batch by batch.
async function runComponent<I extends tf.Tensor>(
  run: Run<I>,
  save: () => Promise<void>,
): Promise<void> {
  const {settings, state} = run;
  const {batchSize} = settings;
  const component = settings.components[state.component] as Component<I>;
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

async function attackBatch<I extends tf.Tensor>(
  run: Run<I>,
  {name, run: search}: Component<I>,
  rows: readonly number[],
  report: (now: boolean) => Promise<void>,
): Promise<void> {
  const {classify, x, labels, logits, numClasses, settings, state} = run;
  const started = performance.now();
  const breath = breather(settings.signal);
  settings.signal?.throwIfAborted();
  await disposeAfter(async (own) => {
    const problem: Problem<I> = {
      where: `${settings.where} (${name})`,
      model: classify,
      x: own(tf.tidy(() => tf.gather(x, tf.tensor1d([...rows], 'int32')))),
      labels: Int32Array.from(rows, (row) => labels[row] as number),
      logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
      numClasses,
      threat: threatOf(settings, rows),
      levels: settings.quantize,
      ids: Int32Array.from(rows, (row) => settings.exampleIds?.[row] ?? row),
      rng: settings.rng.fork(name),
      earlyStop: settings.earlyStop,
      pause: async () => {
        await breath();
        await report(false);
      },
    };
    const outcome = await search(problem);
    const verified = await verifiedPoints(problem, outcome);
    // From here on nothing can fail: the state changes as a whole.
    record(state, rows, outcome);
    state.unconfirmed += name in OURS ? outcome.points.size - verified.size : 0;
    for (const [position, {values, distance, prediction}] of verified) {
      const row = rows[position] as number;
      Object.assign(state.samples[row] as object, {
        verdict: 'broken',
        component: state.component,
        target: outcome.targets.get(position) ?? -1,
        prediction,
        distance,
      });
      if (settings.adversarial) state.points[row] = Array.from(values);
    }
    const part = state.components[state.component];
    if (part !== undefined) part.elapsedMs += performance.now() - started;
  });
}

// Their claims are points that broke the model; a foreign attack claims everything it returns.
const OURS = {'apgd-ce': 1, 'apgd-dlr': 1, 'apgd-t': 1, fab: 1, 'fab-t': 1, square: 1};

function record(state: EnsembleState, rows: readonly number[], outcome: Outcome): void {
  const part = state.components[state.component];
  if (part === undefined) return;
  rows.forEach((row, position) => {
    const sample = state.samples[row];
    if (sample === undefined) return;
    const verification = outcome.points.has(position) ? 1 : 0;
    const forward = (outcome.forward[position] ?? 0) + verification;
    const backward = outcome.backward[position] ?? 0;
    const queries = outcome.queries[position] ?? 0;
    sample.forward += forward;
    sample.backward += backward;
    sample.queries += queries;
    part.forward += forward;
    part.backward += backward;
    part.queries += queries;
    part.zeroGradient += outcome.zeroGradient[position] ?? 0;
    if (outcome.nonFinite[position] === 1 && !state.nonFinite.includes(row)) {
      state.nonFinite.push(row);
    }
  });
}
