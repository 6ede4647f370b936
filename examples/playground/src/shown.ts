import {epsilonText} from './attackForm';
import type {Subject} from './evaluationCounts';
import {NETWORKS} from './networks';
import {programOf, shownImage} from './programOf';
import {classNamesOf, knownLabel, type State} from './state';

/** The program that computes what is on the screen. */
export function programShown(shown: State, count: number): string {
  const {network, model, image, settings, ownImages, ownRange} = shown;
  const nameOf = (id: number) => ownImages.find((each) => each.id === id)?.name ?? 'image.png';
  return programOf({
    site: new URL('.', document.baseURI).href,
    network:
      'own' in network
        ? {own: model.name, range: ownRange, kind: model.kind, axes: model.axes}
        : network,
    ...{inputShape: model.inputShape, image: shownImage(image, nameOf)},
    ...{label: knownLabel(shown), settings, names: classNamesOf(shown)},
    evaluated: model.knowsSamples ? count : 0,
  });
}

/** What an evaluation would be of. */
export function subjectShown(state: State | undefined, count: number): Subject {
  if (state === undefined) {
    const nothing = {key: '', network: '', attack: '', names: [], counts: null};
    return {...nothing, isOwnAnswer: false, images: 0};
  }
  const {network, model, settings, facts, ownImages, truths, labels} = state;
  const {norm, steps, randomStart} = settings;
  const isOwn = 'own' in network;
  const title = isOwn
    ? `Yours: ${model.name}`
    : (NETWORKS.find(({name}) => name === network.sample)?.title ?? network.sample);
  const start = randomStart ? ', random start' : '';
  const attackText = `PGD-${steps}, ${norm === 'linf' ? 'L∞' : 'L2'} ${epsilonText(settings)}${start}`;
  const amount = model.knowsSamples ? Math.min(count, labels.length) : ownImages.length;
  const own = isOwn ? [ownImages.map(({id}) => truths.get(id) ?? null), model.weights] : [];
  return {
    key: JSON.stringify([title, attackText, amount, own]),
    ...{network: title, attack: attackText, names: classNamesOf(state), images: amount},
    counts: model.knowsSamples ? facts.classCounts : null,
    isOwnAnswer: !model.knowsSamples,
  };
}
