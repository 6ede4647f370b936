import {classBars} from './classBars';
import {Stopped, TroubleInWorker} from './client';
import {byId, make, setText} from './dom';
import {
  countsRow,
  countsText,
  noCounts,
  withPart,
  type Counts,
  type Subject,
} from './evaluationCounts';
import type {EvaluationPart} from './protocol';
import {showTrouble} from './trouble';

/** The bars of the classes, and what starts and stops them. */
export interface EvaluationPanel {
  /** The network, the attack or the images have changed, or may have. */
  changed(): void;
}

/**
 * Evaluates images from one on, and calls `onPart` with each part.
 *
 * @throws Stopped when `signal` is aborted.
 */
type Evaluate = (
  images: number,
  from: number,
  onPart: (part: EvaluationPart) => void,
  signal: AbortSignal,
) => Promise<unknown>;

const TROUBLE = 'evaluate-trouble';

function aboutText({network, attack, images, isOwnAnswer}: Subject): string {
  if (network === '') return '';
  if (images === 0) return 'Add images of your own to evaluate this network on them.';
  const labels = isOwnAnswer ? ' What the network says of the clean image counts as right.' : '';
  return `${network} under ${attack}.${labels}`;
}

function keepRow(counts: Counts): void {
  const head = make('th', {scope: 'row', textContent: counts.subject.network});
  const cells = countsRow(counts).map((textContent, i) =>
    make('td', {className: i === 0 ? '' : 'figure', textContent}),
  );
  byId('former', HTMLDivElement).hidden = false;
  byId('former-rows', HTMLTableSectionElement).prepend(make('tr', {}, head, ...cells));
}

// Texts and buttons around the bars.
function showState({subject, done, ...rest}: Counts, isRunning: boolean): void {
  const isPartial = done > 0 && done < subject.images;
  const button = byId('evaluate', HTMLButtonElement);
  byId('progress', HTMLProgressElement).value = subject.images === 0 ? 0 : done / subject.images;
  setText(button, isRunning ? 'Stop' : isPartial ? 'Go on' : 'Evaluate');
  button.disabled = subject.images === 0;
  byId('again', HTMLButtonElement).hidden = isRunning || done === 0;
  setText(byId('evaluate-what', HTMLParagraphElement), aboutText(subject));
  const state = !isRunning && isPartial ? ', stopped' : '';
  setText(byId('progress-text', HTMLParagraphElement), countsText({subject, done, ...rest}, state));
}

/**
 * Runs the evaluation.
 *
 * @param subjectOf - What is on the screen, for so many images.
 */
export function evaluationPanel(
  subjectOf: (images: number) => Subject,
  evaluate: Evaluate,
): EvaluationPanel {
  const count = byId('count', HTMLSelectElement);
  const showBars = classBars();
  let counts: Counts | undefined;
  let controller: AbortController | undefined;

  const fresh = (): Counts => noCounts(subjectOf(Number(count.value)));
  const show = (): void => {
    const shown = counts ?? fresh();
    showBars(shown);
    showState(shown, controller !== undefined);
  };
  const go = async (): Promise<void> => {
    let mine = counts === undefined || counts.done >= counts.subject.images ? fresh() : counts;
    counts = mine;
    const running = new AbortController();
    controller = running;
    showTrouble(TROUBLE, null);
    show();
    const onPart = (part: EvaluationPart): void => {
      if (running.signal.aborted) return;
      counts = mine = withPart(mine, part);
      show();
    };
    try {
      await evaluate(mine.subject.images, mine.done, onPart, running.signal);
      keepRow(mine);
    } catch (error) {
      if (error instanceof TroubleInWorker) showTrouble(TROUBLE, error.trouble);
      else if (!(error instanceof Stopped)) throw error;
    } finally {
      if (controller === running) controller = undefined;
      show();
    }
  };
  const changed = (): void => {
    if (counts?.subject.key !== fresh().subject.key) {
      controller?.abort();
      controller = undefined;
      counts = undefined;
      showTrouble(TROUBLE, null);
    }
    show();
  };

  byId('evaluate', HTMLButtonElement).addEventListener('click', () => {
    if (controller === undefined) void go();
    else controller.abort();
  });
  byId('again', HTMLButtonElement).addEventListener('click', () => {
    counts = undefined;
    void go();
  });
  count.addEventListener('change', changed);
  return {changed};
}
