import {drawCurve} from './curve';
import {byId, make, paint, percent, setText} from './dom';
import {bestOf, differencePicture, picture, sizeOfChange} from './pictures';
import type {AttackInfo, AttackSettings, Frame, Trouble} from './protocol';
import {scoresTable} from './scores';

/** What an attack is about, for words and colours. */
export interface Scene {
  readonly settings: AttackSettings;
  readonly names: readonly string[];
  /** The true class, where it is known before the network has spoken. */
  readonly label: number | null;
}

/** The pictures, the scores and the timeline. */
export interface Stage {
  /** Begins a new attack: what was shown stays until its first picture comes. */
  begin(scene: Scene): void;
  add(frame: Frame): void;
  end(info: AttackInfo): void;
  fail(trouble: Trouble): void;
}

const FRAME_MS = 160;

const stepName = ({step}: Frame): string =>
  step === null ? 'clean' : step === 0 ? 'start' : `step ${step}`;

/** Says what went wrong in a place for it; `null` clears it. */
export function showTrouble(id: string, trouble: Trouble | null): void {
  const place = byId(id, HTMLDivElement);
  place.hidden = trouble === null;
  if (trouble === null) place.replaceChildren();
  else place.replaceChildren(make('strong', {textContent: trouble.message}), trouble.advice);
}

/** Runs the stage. */
export function stage(): Stage {
  const slider = byId('step', HTMLInputElement);
  const play = byId('play', HTMLButtonElement);
  const canvas = (id: string) => byId(id, HTMLCanvasElement);
  const showScores = scoresTable();
  let scene: Scene | undefined;
  let frames: Frame[] = [];
  let isFollowing = true; // the newest frame is shown until the visitor takes the slider
  let playing: ReturnType<typeof setInterval> | undefined;
  let isDrawn = true;

  const labelOf = (): number => scene?.label ?? bestOf(frames[0]?.probabilities ?? []);
  const nameOf = (label: number): string => scene?.names[label] ?? `class ${label}`;

  const verdict = (id: string, frame: Frame): void => {
    const best = bestOf(frame.probabilities);
    const isRight = best === labelOf();
    const element = byId(id, HTMLParagraphElement);
    element.classList.toggle('right', isRight);
    element.classList.toggle('wrong', !isRight);
    setText(
      element,
      `${isRight ? '✓' : '✗'} ${nameOf(best)}, ${percent(frame.probabilities[best] ?? 0)}`,
    );
  };

  const draw = (): void => {
    isDrawn = true;
    const [clean] = frames;
    const current = Number(slider.value);
    const frame = frames[current];
    if (clean === undefined || frame === undefined || scene === undefined) return;
    const {epsilon, norm} = scene.settings;
    const [height, width] = clean.shape;
    const change = sizeOfChange(clean, frame);
    const scale = norm === 'linf' ? epsilon : change.linf;
    paint(canvas('clean'), width, height, picture(clean));
    paint(canvas('attacked'), width, height, picture(frame));
    paint(canvas('difference'), width, height, differencePicture(clean, frame, scale));
    verdict('clean-verdict', clean);
    verdict('attacked-verdict', frame);
    const magnified = scale > 0 ? `× ${(1 / scale).toFixed(0)}` : '';
    setText(byId('magnified', HTMLSpanElement), magnified);
    setText(
      byId('size', HTMLParagraphElement),
      norm === 'linf'
        ? `at most ${change.linf.toFixed(3)} a pixel`
        : `length ${change.l2.toFixed(2)}`,
    );
    setText(byId('step-name', HTMLOutputElement), stepName(frame));
    slider.setAttribute('aria-valuetext', stepName(frame));
    const label = labelOf();
    canvas('clean').setAttribute('aria-label', `the clean image: ${nameOf(label)}`);
    canvas('attacked').setAttribute(
      'aria-label',
      `the image at ${stepName(frame)}: the network says ${nameOf(bestOf(frame.probabilities))}`,
    );
    showScores({clean: clean.probabilities, now: frame.probabilities, label, names: scene.names});
    const values = frames.map(({probabilities}) => probabilities[label] ?? 0);
    drawCurve(values, current, scene.settings.steps + 2);
  };

  // However fast frames come, one drawing per picture of the screen.
  const drawSoon = (): void => {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(draw);
  };

  const stopPlaying = (): void => {
    clearInterval(playing);
    playing = undefined;
    play.classList.remove('playing');
    play.setAttribute('aria-label', 'Play the attack');
  };
  play.addEventListener('click', () => {
    if (playing !== undefined) {
      stopPlaying();
      return;
    }
    isFollowing = false;
    if (Number(slider.value) >= frames.length - 1) slider.value = '0';
    play.classList.add('playing');
    play.setAttribute('aria-label', 'Pause');
    drawSoon();
    playing = setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      drawSoon();
      if (Number(slider.value) >= frames.length - 1) stopPlaying();
    }, FRAME_MS);
  });
  slider.addEventListener('input', () => {
    isFollowing = Number(slider.value) >= frames.length - 1;
    stopPlaying();
    drawSoon();
  });

  return {
    begin(next) {
      scene = next;
      frames = [];
      showTrouble('trouble', null);
      if (playing !== undefined) isFollowing = true;
      stopPlaying();
    },
    add(frame) {
      frames.push(frame);
      slider.max = String(Math.max(1, frames.length - 1));
      if (isFollowing) slider.value = String(frames.length - 1);
      drawSoon();
    },
    end({label, labelFrom}) {
      isFollowing = true;
      const [clean] = frames;
      const last = frames.at(-1);
      if (clean === undefined || last === undefined || scene === undefined) return;
      const before = bestOf(clean.probabilities);
      const after = bestOf(last.probabilities);
      setText(byId('outcome', HTMLParagraphElement), outcome({before, after, label, labelFrom}));
    },
    fail(trouble) {
      showTrouble('trouble', trouble);
    },
  };

  function outcome(of: {before: number; after: number} & AttackInfo): string {
    const {before, after, label, labelFrom} = of;
    const steps = scene?.settings.steps ?? 0;
    const truth =
      labelFrom === 'network'
        ? ' (what the network itself says of the clean image counts as right)'
        : '';
    if (before !== label) {
      return `The network is wrong without any attack: it takes this ${nameOf(label)} for ${nameOf(before)}.`;
    }
    const broken = frames.find(({probabilities}) => bestOf(probabilities) !== label);
    if (after === label && broken === undefined) {
      return `The network holds: after ${steps} steps it still says ${nameOf(label)}${truth}.`;
    }
    if (after === label) {
      return `The network is wrong at ${broken === undefined ? '' : stepName(broken)}, and right again at the end${truth}.`;
    }
    const target = scene?.settings.target;
    const aim =
      target === null || target === undefined || target === label
        ? ''
        : after === target
          ? ', as aimed at'
          : `, if not for ${nameOf(target)}`;
    const when = broken === undefined ? '' : `, first at ${stepName(broken)}`;
    return `Fooled: the network takes this ${nameOf(label)} for ${nameOf(after)}${aim}${when}${truth}.`;
  }
}
