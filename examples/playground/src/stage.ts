import {drawCurve} from './curve';
import {byId, paint, percent, setText} from './dom';
import {outcomeOf, stepName} from './outcome';
import {bestOf, differencePicture, picture, sizeOfChange} from './pictures';
import type {AttackInfo, AttackSettings, Frame, Trouble} from './protocol';
import {scoresTable} from './scores';
import {timeline} from './timeline';
import {showTrouble} from './trouble';

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

/** One frame beside the clean image. */
interface Shown {
  readonly clean: Frame;
  readonly frame: Frame;
  readonly label: number;
  readonly nameOf: (label: number) => string;
  readonly settings: AttackSettings;
}

const canvas = (id: string): HTMLCanvasElement => byId(id, HTMLCanvasElement);

function showVerdict(id: string, {probabilities}: Frame, {label, nameOf}: Shown): void {
  const best = bestOf(probabilities);
  const isRight = best === label;
  const element = byId(id, HTMLParagraphElement);
  element.classList.toggle('right', isRight);
  element.classList.toggle('wrong', !isRight);
  const mark = isRight ? '✓' : '✗';
  setText(element, `${mark} ${nameOf(best)}, ${percent(probabilities[best] ?? 0)}`);
}

function showPictures(shown: Shown): void {
  const {clean, frame, label, nameOf, settings} = shown;
  const {epsilon, norm} = settings;
  const [height, width] = clean.shape;
  const change = sizeOfChange(clean, frame);
  const scale = norm === 'linf' ? epsilon : change.linf;
  paint(canvas('clean'), width, height, picture(clean));
  paint(canvas('attacked'), width, height, picture(frame));
  paint(canvas('difference'), width, height, differencePicture(clean, frame, scale));
  showVerdict('clean-verdict', clean, shown);
  showVerdict('attacked-verdict', frame, shown);
  setText(byId('magnified', HTMLSpanElement), scale > 0 ? `× ${(1 / scale).toFixed(0)}` : '');
  const size =
    norm === 'linf'
      ? `at most ${change.linf.toFixed(3)} a pixel`
      : `length ${change.l2.toFixed(2)}`;
  setText(byId('size', HTMLParagraphElement), size);
  canvas('clean').setAttribute('aria-label', `the clean image: ${nameOf(label)}`);
  canvas('attacked').setAttribute(
    'aria-label',
    `the image at ${stepName(frame)}: the network says ${nameOf(bestOf(frame.probabilities))}`,
  );
}

/** Runs the stage. */
export function stage(): Stage {
  const showScores = scoresTable();
  const time = timeline(drawSoon);
  let scene: Scene | undefined;
  let frames: Frame[] = [];
  let isDrawn = true;

  const nameOf = (label: number): string => scene?.names[label] ?? `class ${label}`;

  function draw(): void {
    isDrawn = true;
    const [clean] = frames;
    const current = time.current();
    const frame = frames[current];
    if (clean === undefined || frame === undefined || scene === undefined) return;
    const {settings, names} = scene;
    const label = scene.label ?? bestOf(clean.probabilities);
    showPictures({clean, frame, label, nameOf, settings});
    setText(byId('step-name', HTMLOutputElement), stepName(frame));
    time.name(stepName(frame));
    showScores({clean: clean.probabilities, now: frame.probabilities, label, names});
    const values = frames.map(({probabilities}) => probabilities[label] ?? 0);
    drawCurve(values, current, settings.steps + 2);
  }

  // However fast frames come, one drawing per picture of the screen.
  function drawSoon(): void {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(draw);
  }

  return {
    begin(next) {
      scene = next;
      frames = [];
      showTrouble('trouble', null);
      time.begin();
    },
    add(frame) {
      frames.push(frame);
      time.grow(frames.length);
    },
    end(info) {
      if (scene === undefined) return;
      const {settings} = scene;
      setText(
        byId('outcome', HTMLParagraphElement),
        outcomeOf({...info, frames, settings, nameOf}),
      );
    },
    fail(trouble) {
      showTrouble('trouble', trouble);
    },
  };
}
