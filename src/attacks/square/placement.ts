import {intAt} from '../../core/at';
import type {ThreatModel} from '../../core/threatModel';
import {levelOf, levelsOf, pixelOf} from '../../math/lattice';

/** What can be done to pixels: any float32 value of a range, or grey levels only. */
export interface Placement {
  /** `pixel − center`; where there are grey levels, as many whole ones as it stands for. */
  readonly difference: (pixel: number, center: number) => number;
  /**
   * Moves some entries of an image away from the clean ones.
   *
   * @param image - Where to write: values, and where among them the image begins.
   * @param center - The clean image, likewise.
   * @param entries - Which.
   * @param changes - By how much each.
   * @param room - What the squares of the changes may add up to; used with grey levels, where
   *   rounding may lengthen the change: such a change is rounded towards the center.
   * @returns The sum of the squares of what {@link Placement.difference} says now.
   */
  readonly move: (
    image: Place,
    center: Place,
    entries: Int32Array,
    changes: Float64Array,
    room: number,
  ) => number;
}

/** Values of images, and where one of them begins. */
export interface Place {
  readonly values: Float32Array;
  readonly at: number;
}

/**
 * The pixels of a problem.
 *
 * @param clip - Their range.
 * @param levels - Number of grey levels, if they must lie on some.
 */
export function placementOf(clip: ThreatModel['clip'], levels: number | undefined): Placement {
  if (levels === undefined || clip === null) return continuous(clip ?? [-Infinity, Infinity]);
  const lattice = {levels, clip};
  const unit = 1 / levelsOf(1, lattice);
  const last = levels - 1;
  return {
    difference: (pixel, center) => Math.round((pixel - center) / unit) * unit,
    move(image, center, entries, changes, room) {
      const write = (rounded: (steps: number) => number): number => {
        let squares = 0;
        for (let i = 0; i < entries.length; i++) {
          const entry = intAt(entries, i);
          const origin = levelOf(center.values[center.at + entry] ?? NaN, lattice);
          const wanted = origin + rounded((changes[i] ?? NaN) / unit);
          const level = Math.min(Math.max(wanted, 0), last);
          image.values[image.at + entry] = pixelOf(level, lattice);
          squares += ((level - origin) * unit) ** 2;
        }
        return squares;
      };
      const bound = (Math.sqrt(Math.max(room, 0)) + 1e-7 * unit) ** 2;
      const nearest = write(Math.round);
      return nearest > bound ? write(Math.trunc) : nearest;
    },
  };
}

function continuous([min, max]: readonly [number, number]): Placement {
  const [lowest, highest] = [Math.fround(min), Math.fround(max)];
  return {
    difference: (pixel, center) => pixel - center,
    move(image, center, entries, changes) {
      const [to, from] = [image.values, center.values];
      let squares = 0;
      for (let i = 0; i < entries.length; i++) {
        const entry = intAt(entries, i);
        const clean = from[center.at + entry] ?? NaN;
        const value = Math.fround(clean + (changes[i] ?? NaN));
        const pixel = value < lowest ? lowest : value > highest ? highest : value;
        to[image.at + entry] = pixel;
        squares += (pixel - clean) * (pixel - clean);
      }
      return squares;
    },
  };
}
