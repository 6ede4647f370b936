import {byId, make, percent} from './dom';
import {NETWORKS} from './networks';
import type {Facts, ModelInfo} from './protocol';
import type {NetworkChoice} from './state';

/** The menu of networks. */
export interface ModelMenu {
  /** Says how each did. */
  tell(facts: Facts): void;
  /** Shows the visitor's own network, or another in its place. */
  showOwn(info: ModelInfo): void;
  choose(network: NetworkChoice): void;
}

/** Runs the menu of networks. */
export function modelMenu(onChoose: (network: NetworkChoice) => void): ModelMenu {
  const list = byId('model-list', HTMLDivElement);
  const entry = (network: NetworkChoice, title: string, about: string) => {
    const input = make('input', {type: 'radio', name: 'network'});
    const line = make('span', {className: 'line'}, make('b', {textContent: title}));
    const words = make('small', {textContent: about});
    const label = make(
      'label',
      {className: 'choice'},
      input,
      make('span', {className: 'face'}, line, words),
    );
    input.addEventListener('change', () => {
      onChoose(network);
    });
    list.append(label);
    return {network, input, line, words};
  };
  const entries = NETWORKS.map(({name, title, about}) => entry({sample: name}, title, about));
  let own: ReturnType<typeof entry> | undefined;
  return {
    tell({models}) {
      for (const {network, line} of entries) {
        const facts = 'sample' in network ? models[network.sample] : undefined;
        if (facts === undefined || line.childElementCount > 1) continue;
        const {clean, pgd20} = facts;
        line.append(
          make('small', {
            textContent: `${percent(clean)} → ${percent(pgd20)}`,
            title: 'right on clean images, and under 20 steps of PGD with ε = 0.1',
          }),
        );
      }
    },
    showOwn({name, kind, inputShape, classes, weights}) {
      const about = `${inputShape.join(' × ')} to ${classes} classes, ${weights.toLocaleString('en-US')} weights, ${kind} model`;
      own ??= entry({own: true}, name, about);
      own.words.textContent = about;
      const title = own.line.querySelector('b');
      if (title !== null) title.textContent = `Yours: ${name}`;
    },
    choose(network) {
      const isOwn = 'own' in network;
      if (own !== undefined) own.input.checked = isOwn;
      for (const {network: each, input} of entries) {
        input.checked = !isOwn && 'sample' in each && each.sample === network.sample;
      }
    },
  };
}
