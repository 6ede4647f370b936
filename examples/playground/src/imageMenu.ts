import {byId, make, paint} from './dom';
import type {ImageRef, OwnImage, StartInfo} from './protocol';

/** The menu of images: one of each class, and the visitor's own. */
export interface ImageMenu {
  /** Fills it with the samples. */
  fill(info: StartInfo): void;
  /** Adds images of the visitor's own. */
  add(images: readonly OwnImage[]): void;
  /** Marks an image as chosen; a sample takes the place of its class. */
  choose(image: ImageRef): void;
}

/**
 * Runs the menu of images.
 *
 * @param onChoose - Called when the visitor chooses one.
 */
export function imageMenu(onChoose: (image: ImageRef) => void): ImageMenu {
  const list = byId('image-list', HTMLDivElement);
  const another = byId('another', HTMLButtonElement);
  let info: StartInfo | undefined;
  const places: {input: HTMLInputElement; canvas: HTMLCanvasElement; image: ImageRef}[] = [];

  const place = (image: ImageRef, caption: string): (typeof places)[number] => {
    const input = make('input', {type: 'radio', name: 'image'});
    const canvas = make('canvas', {width: 28, height: 28});
    canvas.setAttribute('aria-hidden', 'true');
    const face = make('span', {className: 'face'}, canvas, make('small', {textContent: caption}));
    list.append(make('label', {className: 'choice', title: caption}, input, face));
    const entry = {input, canvas, image};
    input.addEventListener('change', () => {
      onChoose(entry.image);
    });
    places.push(entry);
    return entry;
  };

  const paintSample = (canvas: HTMLCanvasElement, index: number): void => {
    if (info === undefined) return;
    const side = Math.sqrt(info.imageSize);
    const rgba = new Uint8ClampedArray(info.imageSize * 4).fill(255);
    for (let i = 0; i < info.imageSize; i++) {
      rgba.fill(info.thumbnails[index * info.imageSize + i] ?? 0, 4 * i, 4 * i + 3);
    }
    paint(canvas, side, side, rgba);
  };

  const isSame = (a: ImageRef, b: ImageRef) => JSON.stringify(a) === JSON.stringify(b);

  const choose = (image: ImageRef): void => {
    if ('sample' in image && info !== undefined) {
      const label = info.labels[image.sample] ?? 0;
      const entry = places[label];
      if (entry !== undefined && !isSame(entry.image, image)) {
        entry.image = image;
        paintSample(entry.canvas, image.sample);
      }
    }
    for (const entry of places) entry.input.checked = isSame(entry.image, image);
    another.disabled = 'own' in image;
  };

  another.addEventListener('click', () => {
    const chosen = places.find(({input}) => input.checked)?.image;
    if (info === undefined || chosen === undefined || 'own' in chosen) return;
    const {labels, thumbnails, imageSize} = info;
    const count = thumbnails.length / imageSize;
    const label = labels[chosen.sample];
    const same = Array.from({length: count}, (_, i) => i).filter((i) => labels[i] === label);
    const next = same[(same.indexOf(chosen.sample) + 1) % same.length] ?? chosen.sample;
    choose({sample: next});
    onChoose({sample: next});
  });

  return {
    fill(started) {
      if (info !== undefined) return;
      info = started;
      const {labels, facts} = started;
      facts.classNames.forEach((name, label) => {
        const index = labels.indexOf(label);
        paintSample(place({sample: index}, name).canvas, index);
      });
    },
    add(images) {
      for (const {id, name, thumbnail} of images) {
        const {canvas} = place({own: id}, name);
        paint(canvas, thumbnail.width, thumbnail.height, Uint8ClampedArray.from(thumbnail.data));
      }
    },
    choose,
  };
}
