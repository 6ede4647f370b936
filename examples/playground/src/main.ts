import {attackForm} from './attackForm';
import {startWorker, Stopped, TroubleInWorker, type Client} from './client';
import {byId, make, setText} from './dom';
import {evaluationPanel} from './evaluationPanel';
import {imageMenu} from './imageMenu';
import {modelMenu} from './modelMenu';
import {NETWORKS} from './networks';
import {receiveFiles, sortFiles} from './ownFiles';
import {programPanel} from './programPanel';
import type {BackendName, PixelRange} from './protocol';
import {programShown, subjectShown} from './shown';
import {classNamesOf, knownLabel, truthKey, type NetworkChoice, type State} from './state';
import {stage} from './stage';
import {showTrouble} from './trouble';

const BACKEND_NAMES = {webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WebAssembly'} as const;

/** Whether an error is the page's own doing: a call that it stopped. */
const isStop = (error: unknown): boolean => error instanceof Stopped;

let client: Client = startWorker();
let state: State | undefined;
let attacking: AbortController | undefined;

const pictures = stage();
const showProgram = programPanel();
const networks = modelMenu((network) => void openNetwork(network));
const images = imageMenu((image) => {
  if (state === undefined) return;
  state.image = image;
  showTruth();
  attack();
});
const form = attackForm(() => {
  if (state === undefined) return;
  state.settings = form.settings();
  attack();
});
const evaluation = evaluationPanel(
  (count) => subjectShown(state, count),
  (count, from, onEvent, signal) => {
    if (state === undefined) throw new Stopped();
    const {settings, model, ownImages, truths} = state;
    const own = ownImages.map(({id}) => ({id, label: truths.get(id) ?? null}));
    const params = {from, settings, images: model.knowsSamples ? {samples: count} : {own}};
    return client.call('evaluate', params, {onEvent, signal});
  },
);

const imagesToEvaluate = (): number => Number(byId('count', HTMLSelectElement).value);

/** Starts the worker, or another in its place, and shows what it has. */
async function start(backend: BackendName | 'auto'): Promise<void> {
  const detail = byId('backend-detail', HTMLSpanElement);
  setText(detail, 'starting …');
  try {
    const info = await client.call('start', {base: document.baseURI, backend});
    const name = BACKEND_NAMES[info.backend];
    setText(detail, `${name}: ${info.detail}`);
    document.body.dataset['backend'] = info.backend;
    images.fill(info);
    networks.tell(info.facts);
    const {imbalanceRatio, classCounts} = info.facts;
    setText(
      byId('profile', HTMLSpanElement),
      `a long-tailed part of it: ${classCounts[0] ?? 0} images of the largest class, ${imbalanceRatio} times fewer of the smallest`,
    );
    const former = state;
    const [first] = NETWORKS;
    const network = former?.network ?? {sample: first.name};
    state = {
      ...{ownImages: [], truths: new Map(), ownFiles: [], ownRange: '0..1', ownNames: []},
      ...{image: {sample: info.labels.indexOf(0)}},
      ...former,
      ...{backend: info.backend, facts: info.facts, labels: info.labels, network},
      // Replaced as soon as the network is open.
      model: former?.model ?? {
        ...{name: '', kind: 'layers', inputShape: [28, 28, 1], axes: 3, classes: 10, weights: 0},
        ...{classNames: info.facts.classNames, knowsSamples: true},
      },
      settings: form.settings(),
    };
    if (former !== undefined && former.ownImages.length > 0) await resendImages();
    await openNetwork(network);
  } catch (error) {
    fail('trouble', error);
  }
}

/** Own images as the visitor gave them, for a worker that is started later. */
const imageFiles: File[] = [];

async function resendImages(): Promise<void> {
  await client.call('addImages', {files: imageFiles});
}

async function openNetwork(network: NetworkChoice): Promise<void> {
  if (state === undefined) return;
  attacking?.abort();
  setStatus('running');
  networks.choose(network);
  images.choose(state.image);
  const {ownFiles: files, ownRange: range} = state;
  try {
    state.model =
      'own' in network
        ? await client.call('openFiles', {files, range})
        : await client.call('openSample', {name: network.sample});
    state.network = network;
    if ('own' in network) networks.showOwn(state.model);
    networks.choose(network);
    form.setClasses(classNamesOf(state));
    state.settings = form.settings();
    showTruth();
    attack();
  } catch (error) {
    fail('own' in network ? 'own-trouble' : 'trouble', error);
    networks.choose(state.network);
  }
}

/** Lets the visitor say what an image shows, where nothing else does. */
function showTruth(): void {
  if (state === undefined) return;
  const {image, model, truths} = state;
  const isKnown = 'sample' in image && model.knowsSamples;
  byId('truth-row', HTMLParagraphElement).hidden = isKnown;
  const select = byId('truth', HTMLSelectElement);
  const network = make('option', {value: '', textContent: 'what the network says'});
  const names = classNamesOf(state).slice(0, 1000);
  select.replaceChildren(
    network,
    ...names.map((name, c) => make('option', {value: String(c), textContent: name})),
  );
  select.value = String(truths.get(truthKey(image)) ?? '');
}

/** Attacks what is on the screen; an attack that is running is stopped. */
function attack(): void {
  if (state === undefined) return;
  attacking?.abort();
  const controller = new AbortController();
  attacking = controller;
  const shown = state;
  const {image, settings} = shown;
  const label = knownLabel(shown);
  images.choose(image);
  pictures.begin({settings, names: classNamesOf(shown), label});
  evaluation.changed();
  showProgram(programShown(shown, imagesToEvaluate()));
  setStatus('running');
  const given = 'sample' in image && shown.model.knowsSamples ? null : label;
  client
    .call(
      'attack',
      {image, label: given, settings},
      {
        signal: controller.signal,
        onEvent: (frame) => {
          if (!controller.signal.aborted) pictures.add(frame);
        },
      },
    )
    .then((info) => {
      pictures.end(info);
      setStatus('done');
    })
    .catch((error: unknown) => {
      if (isStop(error)) return;
      fail('trouble', error);
    });
}

/** For style sheets and tests. */
function setStatus(status: 'running' | 'done' | 'failed'): void {
  document.body.dataset['attack'] = status;
}

function fail(place: string, error: unknown): void {
  if (isStop(error)) return;
  setStatus('failed');
  if (!(error instanceof TroubleInWorker)) throw error;
  showTrouble(place, error.trouble);
}

async function takeFiles(files: readonly File[]): Promise<void> {
  const {model, images: pixels} = sortFiles(files);
  const status = byId('own-status', HTMLParagraphElement);
  if (state === undefined || files.length === 0) return;
  showTrouble('own-trouble', null);
  setStatus('running');
  try {
    const said: string[] = [];
    if (pixels.length > 0) {
      const added = await client.call('addImages', {files: pixels});
      imageFiles.push(...pixels);
      state.ownImages = [...state.ownImages, ...added];
      images.add(added);
      said.push(
        added.length === 1 ? `${added[0]?.name ?? ''} is read` : `${added.length} images are read`,
      );
      const [image] = added;
      if (image !== undefined) state.image = {own: image.id};
    }
    if (model.length > 0) {
      const before = state.ownFiles;
      state.ownFiles = model;
      const info = await client
        .call('openFiles', {files: model, range: state.ownRange})
        .catch((error: unknown) => {
          if (state !== undefined) state.ownFiles = before;
          throw error;
        });
      Object.assign(state, {model: info, network: {own: true}});
      networks.showOwn(info);
      networks.choose({own: true});
      said.push(
        `${info.name} is open: images of ${info.inputShape.join(' × ')}, ${info.classes} classes`,
      );
    }
    setText(status, `${said.join('; ')}.`);
    form.setClasses(classNamesOf(state));
    state.settings = form.settings();
    showTruth();
    attack();
  } catch (error) {
    fail('own-trouble', error);
  }
}

byId('backend', HTMLSelectElement).addEventListener('change', ({target}) => {
  const {value} = target as HTMLSelectElement;
  client.terminate();
  client = startWorker();
  void start(value as BackendName | 'auto');
});
byId('truth', HTMLSelectElement).addEventListener('change', ({target}) => {
  if (state === undefined) return;
  const truths = new Map(state.truths);
  const {value} = target as HTMLSelectElement;
  if (value === '') truths.delete(truthKey(state.image));
  else truths.set(truthKey(state.image), Number(value));
  state.truths = truths;
  attack();
});
byId('range', HTMLSelectElement).addEventListener('change', ({target}) => {
  if (state === undefined) return;
  state.ownRange = (target as HTMLSelectElement).value as PixelRange;
  if ('own' in state.network) void openNetwork({own: true});
});
byId('names', HTMLInputElement).addEventListener('change', ({target}) => {
  if (state === undefined) return;
  const names = (target as HTMLInputElement).value.split(',').map((name) => name.trim());
  state.ownNames = names.filter((name) => name !== '');
  form.setClasses(classNamesOf(state));
  showTruth();
  attack();
});
byId('count', HTMLSelectElement).addEventListener('change', () => {
  if (state !== undefined) showProgram(programShown(state, imagesToEvaluate()));
});
receiveFiles((files) => void takeFiles(files));

const asked = new URLSearchParams(location.search).get('backend') ?? 'auto';
const select = byId('backend', HTMLSelectElement);
select.value = asked;
if (select.value === '') select.value = 'auto';
void start(select.value as BackendName | 'auto');
