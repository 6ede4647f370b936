import type {
  AttackSettings,
  BackendName,
  Facts,
  ImageRef,
  ModelInfo,
  OwnImage,
  PixelRange,
} from './protocol';
import type {NetworkName} from './networks';

/** Which network is chosen. */
export type NetworkChoice = {readonly sample: NetworkName} | {readonly own: true};

/** What the page shows: every part of it reads this, and `main` alone changes it. */
export interface State {
  backend: BackendName;
  facts: Facts;
  /** The class of every sample image. */
  labels: readonly number[];
  network: NetworkChoice;
  model: ModelInfo;
  image: ImageRef;
  ownImages: readonly OwnImage[];
  /** What an image shows, where the visitor said so; by the id of an own image, or −1 − index. */
  truths: ReadonlyMap<number, number>;
  /** Files and pixel range of the visitor's network. */
  ownFiles: readonly File[];
  ownRange: PixelRange;
  ownNames: readonly string[];
  settings: AttackSettings;
}

/** The key of an image in {@link State.truths}. */
export const truthKey = (image: ImageRef): number =>
  'own' in image ? image.own : -1 - image.sample;

/** The names of the classes, by number. */
export function classNamesOf({model, ownNames, facts}: State): readonly string[] {
  if (model.classNames !== null) return model.classNames;
  if (ownNames.length === 0 && isFashionShaped(model)) return [...facts.classNames].reverse();
  return Array.from({length: model.classes}, (_, c) => ownNames[c] ?? `class ${c}`);
}

/** Whether a network of the visitor's takes the sample images as they are, ten classes of them. */
const isFashionShaped = ({inputShape, classes}: ModelInfo): boolean =>
  inputShape.join() === '28,28,1' && classes === 10;

/** The class of the image, where it is known without the network. */
export function knownLabel(state: State): number | null {
  const {image, truths, model, labels} = state;
  const given = truths.get(truthKey(image));
  if (given !== undefined) return given;
  return 'sample' in image && model.knowsSamples ? (labels[image.sample] ?? null) : null;
}
