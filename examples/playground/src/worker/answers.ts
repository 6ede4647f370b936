import * as tf from '@tensorflow/tfjs-core';
import {subset, type Dataset, type DatasetInMemory} from 'lt-robust';
import {asDataset, idxDataset} from 'lt-robust/data';

import type {CallName, Calls, Facts, ImageRef, ModelInfo, StartInfo} from '../protocol';
import {attackSteps} from './attackSteps';
import {chooseBackend} from './backend';
import {evaluateParts} from './evaluateParts';
import {decodeFile, fitted, imageTensor, thumbnailOf, type Pixels} from './images';
import {modelAmong, type ModelSource} from './modelFiles';
import {openModel, type OpenModel} from './openModel';
import {TroubleError} from './trouble';

/** Answers one kind of call. */
export type Answer<K extends CallName> = (
  params: Calls[K]['params'],
  emit: (event: Calls[K]['event']) => void,
  signal: AbortSignal,
) => Promise<Calls[K]['result']>;

const SHOWN_IN_MENU = 100; // ten of each class

interface Samples {
  readonly base: string;
  readonly facts: Facts;
  readonly data: DatasetInMemory;
}

// What the worker has at hand; set by `start` and the calls that open something.
let samples: Samples | undefined;
let open: {readonly model: OpenModel; readonly info: ModelInfo} | undefined;
const own: Pixels[] = [];

const started = (): Samples => {
  if (samples === undefined) throw new Error('The worker has not been started.');
  return samples;
};

const opened = () => {
  if (open === undefined) throw new TroubleError('No network is open.', 'Choose one.');
  return open;
};

async function download(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new TroubleError(
    `${new URL(url).pathname} could not be read (${response.status}).`,
    'Is the site complete? Load the page again.',
  );
}

const start: Answer<'start'> = async ({base, backend: wanted}) => {
  const read = async (name: string) => (await download(new URL(name, base).href)).arrayBuffer();
  const [chosen, images, labels, facts] = await Promise.all([
    chooseBackend(wanted),
    read('data/images.idx'),
    read('data/labels.idx'),
    download(new URL('models/facts.json', base).href).then(
      (answer) => answer.json() as Promise<Facts>,
    ),
  ]);
  const bytes = new Uint8Array(images);
  const data = idxDataset(bytes, new Uint8Array(labels));
  samples = {base, facts, data};
  const imageSize = 28 * 28;
  const head = bytes.length - data.labels.length * imageSize;
  const info: StartInfo = {
    ...{...chosen, facts, imageSize},
    labels: Array.from(data.labels),
    thumbnails: bytes.slice(head, head + SHOWN_IN_MENU * imageSize),
  };
  return info;
};

async function openSource(
  source: ModelSource,
  range: '0..1' | '-1..1' | '0..255',
  about: (model: OpenModel) => Pick<ModelInfo, 'classNames' | 'knowsSamples'>,
): Promise<ModelInfo> {
  const model = await openModel(source, range);
  open?.model.dispose();
  const info = {...model.info, ...about(model)};
  open = {model, info};
  return info;
}

const openSample: Answer<'openSample'> = async ({name}) => {
  const {base, facts} = started();
  const folder = new URL(`models/${name}/`, base);
  const [json, weights] = await Promise.all(
    ['model.json', 'weights.bin'].map(async (file) => {
      const bytes = await (await download(new URL(file, folder).href)).arrayBuffer();
      return new File([bytes], file);
    }),
  );
  const source = await modelAmong([json as File, weights as File]);
  const {classNames} = facts;
  return openSource({...source, name}, '0..1', () => ({classNames, knowsSamples: true}));
};

const openFiles: Answer<'openFiles'> = async ({files, range}) =>
  openSource(await modelAmong(files), range, () => ({classNames: null, knowsSamples: false}));

const addImages: Answer<'addImages'> = async ({files}) => {
  const images: Pixels[] = [];
  for (const file of files) images.push(await decodeFile(file));
  return images.map((image) => {
    const id = own.push(image) - 1;
    const {name, width, height} = image;
    return {id, name, width, height, thumbnail: thumbnailOf(image)};
  });
};

function ownImage(id: number): Pixels {
  const image = own[id];
  if (image === undefined) throw new Error(`There is no image ${id}.`);
  return image;
}

function tensorOf(image: ImageRef, shape: ModelInfo['inputShape']): tf.Tensor4D {
  if ('own' in image) return imageTensor(ownImage(image.own), shape);
  return tf.tidy(() => fitted(started().data.batch([image.sample]).x, shape));
}

async function answerOn(model: OpenModel, x: tf.Tensor4D): Promise<number> {
  const best = tf.tidy(() => tf.argMax(model.classify(x), 1));
  try {
    const [label = 0] = await best.data();
    return label;
  } finally {
    best.dispose();
  }
}

const attack: Answer<'attack'> = async ({image, label: given, settings}, emit, signal) => {
  const {model, info} = opened();
  const x = tensorOf(image, info.inputShape);
  try {
    const known =
      'sample' in image && info.knowsSamples ? started().data.labels[image.sample] : undefined;
    const label = given ?? known ?? (await answerOn(model, x));
    await attackSteps(model.classify, x, label, settings, emit, signal);
    const labelFrom = given !== null ? 'visitor' : known !== undefined ? 'data' : 'network';
    return {label, labelFrom};
  } finally {
    x.dispose();
  }
};

const evaluate: Answer<'evaluate'> = async ({images, from, settings}, emit, signal) => {
  const {model, info} = opened();
  if ('samples' in images) {
    const {data} = started();
    const first = subset(
      data,
      Array.from({length: Math.min(images.samples, data.labels.length)}, (_, i) => i),
    );
    await evaluateParts(model.classify, first, from, settings, emit, signal);
    return null;
  }
  const tensors = images.own.map(({id}) => imageTensor(ownImage(id), info.inputShape));
  try {
    const labels: number[] = [];
    for (const [i, {label}] of images.own.entries()) {
      labels.push(label ?? (await answerOn(model, tensors[i] as tf.Tensor4D)));
    }
    const x = tf.concat(tensors);
    tensors.push(x);
    const data: Dataset = await asDataset<tf.Tensor4D>({x, labels}, {numClasses: info.classes});
    await evaluateParts(model.classify, data, from, settings, emit, signal);
    return null;
  } finally {
    tf.dispose(tensors);
  }
};

const ANSWERS: {readonly [K in CallName]: Answer<K>} = {
  ...{start, openSample, openFiles, addImages, attack, evaluate},
};

/** What answers calls of this name. */
export const answerOf = <K extends CallName>(name: K): Answer<K> => ANSWERS[name];
