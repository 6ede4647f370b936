import type {ThreatModel} from '../../core/threatModel';
import {levelOf, levelsOf, pixelOf} from '../../math/lattice';

/** What can be done to pixels: any float32 value of a range, or grey levels only. */
export interface Placement {
  /** `pixel − center`; where there are grey levels, as many whole ones as it stands for. */
  readonly difference: (pixel: number, center: number) => number;
  /**
   * Moves some pixels away from their centers.
   *
   * @param image - Where to write.
   * @param center - The clean image.
   * @param places - Which entries.
   * @param changes - By how much each.
   * @param room - What the squares of the changes may add up to; used with grey levels, where
   *   rounding may lengthen the change: such a change is rounded towards the center.
   */
  readonly move: (
    image: Float32Array,
    center: Float32Array,
    places: Int32Array,
    changes: Float64Array,
    room: number,
  ) => void;
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
    move(image, center, places, changes, room) {
      const write = (rounded: (steps: number) => number): number => {
        let squares = 0;
        places.forEach((place, i) => {
          const origin = levelOf(center[place] as number, lattice);
          const wanted = origin + rounded((changes[i] as number) / unit);
          const level = Math.min(Math.max(wanted, 0), last);
          image[place] = pixelOf(level, lattice);
          squares += (level - origin) ** 2;
        });
        return squares;
      };
      const bound = (Math.sqrt(Math.max(room, 0)) / unit + 1e-7) ** 2;
      if (write(Math.round) > bound) write(Math.trunc);
    },
  };
}

function continuous([min, max]: readonly [number, number]): Placement {
  const [lowest, highest] = [Math.fround(min), Math.fround(max)];
  return {
    difference: (pixel, center) => pixel - center,
    move(image, center, places, changes) {
      for (let i = 0; i < places.length; i++) {
        const place = places[i] as number;
        const value = Math.fround((center[place] as number) + (changes[i] as number));
        image[place] = Math.min(Math.max(value, lowest), highest);
      }
    },
  };
}
