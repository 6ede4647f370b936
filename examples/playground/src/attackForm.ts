import {byId, make, setText} from './dom';
import type {AttackSettings} from './protocol';

/** The form of the attack. */
export interface AttackForm {
  readonly settings: () => AttackSettings;
  /** The classes that can be aimed at. */
  setClasses(names: readonly string[]): void;
}

// Where the slider ends and where it starts, by norm.
const SLIDERS = {
  linf: {max: 0.3, step: 0.005, start: 0.1},
  l2: {max: 5, step: 0.05, start: 1.5},
} as const;

/** Radius in words: for L∞ in grey levels too, which is how papers write it. */
export const epsilonText = ({norm, epsilon}: Pick<AttackSettings, 'norm' | 'epsilon'>): string =>
  norm === 'linf'
    ? `${epsilon.toFixed(3)} = ${(epsilon * 255).toFixed(1).replace(/\.0$/, '')}/255`
    : epsilon.toFixed(2);

/** Runs the form of the attack. */
export function attackForm(onChange: () => void): AttackForm {
  const epsilon = byId('epsilon', HTMLInputElement);
  const steps = byId('steps', HTMLInputElement);
  const random = byId('random', HTMLInputElement);
  const target = byId('target', HTMLSelectElement);
  const norms = [...document.querySelectorAll<HTMLInputElement>('input[name="norm"]')];
  const kept = {linf: SLIDERS.linf.start as number, l2: SLIDERS.l2.start as number};
  let norm: 'linf' | 'l2' = 'linf';

  const settings = (): AttackSettings => ({
    norm,
    epsilon: Number(epsilon.value),
    steps: Number(steps.value),
    randomStart: random.checked,
    target: target.value === '' ? null : Number(target.value),
  });

  const show = () => {
    const text = epsilonText(settings());
    setText(byId('epsilon-text', HTMLOutputElement), text);
    epsilon.setAttribute('aria-valuetext', text);
    setText(byId('steps-text', HTMLOutputElement), steps.value);
  };
  const changed = () => {
    kept[norm] = Number(epsilon.value);
    show();
    onChange();
  };
  for (const input of [epsilon, steps]) input.addEventListener('input', changed);
  for (const input of [random, target]) input.addEventListener('change', changed);
  for (const input of norms) {
    input.addEventListener('change', () => {
      norm = input.value === 'l2' ? 'l2' : 'linf';
      const {max, step} = SLIDERS[norm];
      Object.assign(epsilon, {max: String(max), step: String(step), value: String(kept[norm])});
      changed();
    });
  }
  show();
  return {
    settings,
    setClasses(names) {
      const chosen = target.value;
      const any = make('option', {value: '', textContent: 'any wrong class'});
      const options = names.map((name, c) => make('option', {value: String(c), textContent: name}));
      target.replaceChildren(any, ...options);
      target.value = Number(chosen) < names.length ? chosen : '';
    },
  };
}
