import {byId} from './dom';

const FRAME_MS = 160;

/** The slider over the frames, and its button. */
export interface Timeline {
  /** The frame that is shown. */
  readonly current: () => number;
  /** A new attack begins: its frames are followed as they come. */
  begin(): void;
  /** There are so many frames now. */
  grow(frames: number): void;
  /** What the slider says of the frame. */
  name(text: string): void;
}

/**
 * Runs the timeline.
 *
 * @param onMove - Called when another frame is to be shown.
 */
export function timeline(onMove: () => void): Timeline {
  const slider = byId('step', HTMLInputElement);
  const play = byId('play', HTMLButtonElement);
  let frames = 0;
  let isFollowing = true; // the newest frame is shown until the visitor takes the slider
  let playing: ReturnType<typeof setInterval> | undefined;

  const current = (): number => Number(slider.value);
  const isAtEnd = (): boolean => current() >= frames - 1;
  const moveTo = (frame: number): void => {
    slider.value = String(frame);
    onMove();
  };
  const stop = (): void => {
    clearInterval(playing);
    playing = undefined;
    play.classList.remove('playing');
    play.setAttribute('aria-label', 'Play the attack');
  };
  const start = (): void => {
    isFollowing = false;
    play.classList.add('playing');
    play.setAttribute('aria-label', 'Pause');
    moveTo(isAtEnd() ? 0 : current());
    playing = setInterval(() => {
      moveTo(current() + 1);
      if (isAtEnd()) stop();
    }, FRAME_MS);
  };

  play.addEventListener('click', () => {
    if (playing === undefined) start();
    else stop();
  });
  slider.addEventListener('input', () => {
    isFollowing = isAtEnd();
    stop();
    onMove();
  });
  return {
    current,
    begin() {
      frames = 0;
      isFollowing = true;
      stop();
    },
    grow(count) {
      frames = count;
      slider.max = String(Math.max(1, count - 1));
      if (isFollowing) slider.value = String(count - 1);
      onMove();
    },
    name(text) {
      slider.setAttribute('aria-valuetext', text);
    },
  };
}
