import {at} from '../core/at';
import {classLabel, epsilonText} from './format';
import {html, type Html} from './html';
import {differenceImage, isPicture, pngAddress} from './pngImage';

/** An example and its perturbed form, as plain data. */
export interface ReportExample {
  /** Index of the example in the dataset. */
  readonly example: number;
  /** True class of the example. */
  readonly label: number;
  /** What the model answers on the clean input. */
  readonly cleanAnswer: number;
  /** What the model answers on the perturbed input. */
  readonly answer: number;
  /** Height, width and channels. */
  readonly shape: readonly number[];
  /** The clean pixels. */
  readonly clean: ArrayLike<number>;
  /** The perturbed pixels. */
  readonly adversarial: ArrayLike<number>;
}

function exampleItem(
  {example, label, cleanAnswer, answer, shape, clean, adversarial}: ReportExample,
  range: readonly [number, number],
  names?: readonly string[],
): Html | null {
  if (!isPicture(shape)) return null;
  const [before, after] = [
    {pixels: clean, shape},
    {pixels: adversarial, shape},
  ];
  const verdict = (given: number) =>
    html`<span class="${given === label ? 'good' : 'bad'}"
      >${given === label ? 'right' : 'wrong'}: ${classLabel(given, names)}</span
    >`;
  let largest = 0;
  for (let i = 0; i < clean.length; i++) {
    largest = Math.max(largest, Math.abs(at(adversarial, i) - at(clean, i)));
  }
  const name = classLabel(label, names);
  return html`<li>
    <figure>
      <div>
        <img
          alt="Example ${example}, clean"
          src="${pngAddress(before, range)}"
        />${verdict(cleanAnswer)}
      </div>
      <div>
        <img
          alt="Example ${example}, perturbed"
          src="${pngAddress(after, range)}"
        />${verdict(answer)}
      </div>
      <div>
        <img alt="What was changed" src="${pngAddress(differenceImage(before, after))}" /><span
          >up to ${epsilonText(largest)}</span
        >
      </div>
      <figcaption>Example ${example}: ${name}</figcaption>
    </figure>
  </li>`;
}

/** The hardest examples: clean, perturbed, what was changed, and both answers. */
export function exampleSection(
  examples: readonly ReportExample[],
  range: readonly [number, number],
  classNames?: readonly string[],
): Html | null {
  const items = examples.map((example) => exampleItem(example, range, classNames));
  if (items.every((item) => item === null)) return null;
  return html`<h2>Examples that the attack breaks</h2>
    <p class="soft">
      Clean, perturbed, and what was changed: grey is no change, black and white are the largest
      one.
    </p>
    <ul class="examples">
      ${items}
    </ul>`;
}
