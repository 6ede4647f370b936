import {byId, make, percent, setText} from './dom';
import {TroubleInWorker, Stopped} from './client';
import type {EvaluationPart} from './protocol';
import {showTrouble} from './stage';

/** What is evaluated. */
export interface Subject {
  /** Changes when the numbers would. */
  readonly key: string;
  readonly network: string;
  readonly attack: string;
  readonly names: readonly string[];
  /** Training images of each class, where they are known. */
  readonly counts: readonly number[] | null;
  /** Whether the labels are what the network itself says of the clean images. */
  readonly isOwnAnswer: boolean;
  /** Images to evaluate; 0 where there are none. */
  readonly images: number;
}

/** The bars of the classes. */
export interface EvaluationPanel {
  /** The network, the attack or the images have changed, or may have. */
  changed(): void;
}

interface Run {
  readonly subject: Subject;
  done: number;
  totals: number[];
  clean: number[];
  attacked: number[];
  warnings: Set<string>;
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

const shareOf = (right: number | undefined, total: number | undefined): number | null =>
  right === undefined || total === undefined || total === 0 ? null : right / total;

const shareText = (share: number | null): string => (share === null ? '–' : percent(share));

/**
 * Runs the evaluation.
 *
 * @param subjectOf - What is on the screen.
 * @param evaluate - Evaluates from some image on; rejects with {@link Stopped} when it is stopped.
 */
export function evaluationPanel(
  subjectOf: (images: number) => Subject,
  evaluate: (
    images: number,
    from: number,
    onPart: (part: EvaluationPart) => void,
    signal: AbortSignal,
  ) => Promise<unknown>,
): EvaluationPanel {
  const button = byId('evaluate', HTMLButtonElement);
  const again = byId('again', HTMLButtonElement);
  const count = byId('count', HTMLSelectElement);
  const bar = byId('progress', HTMLProgressElement);
  const status = byId('progress-text', HTMLParagraphElement);
  const body = byId('classes', HTMLTableSectionElement);
  let run: Run | undefined;
  let controller: AbortController | undefined;
  let rows: {bar: HTMLElement; clean: HTMLElement; attacked: HTMLElement}[] = [];
  let shownNames = '';

  const fresh = (): Run => {
    const subject = subjectOf(Number(count.value));
    const zeros = () => subject.names.map(() => 0);
    return {
      ...{subject, done: 0, totals: zeros(), clean: zeros(), attacked: zeros()},
      warnings: new Set(),
    };
  };

  const buildRows = ({names, counts}: Subject): void => {
    const key = JSON.stringify([names, counts]);
    if (key === shownNames) return;
    shownNames = key;
    byId('counts-head', HTMLTableCellElement).hidden = counts === null;
    rows = names.slice(0, 100).map(() => {
      const cell = (className: string) => make('td', {className});
      return {
        bar: make('span', {className: 'bar empty'}),
        clean: cell('figure'),
        attacked: cell('figure'),
      };
    });
    body.replaceChildren(
      ...rows.map(({bar: line, clean, attacked}, c) => {
        const trained = make('td', {className: 'figure', textContent: String(counts?.[c] ?? '')});
        trained.hidden = counts === null;
        const head = make('th', {scope: 'row', textContent: names[c] ?? ''});
        return make('tr', {}, head, trained, make('td', {}, line), clean, attacked);
      }),
    );
  };

  const show = (): void => {
    const shown = run ?? fresh();
    const {subject, done, totals, clean, attacked} = shown;
    buildRows(subject);
    rows.forEach((row, c) => {
      const before = shareOf(clean[c], totals[c]);
      const now = shareOf(attacked[c], totals[c]);
      row.bar.classList.toggle('empty', before === null);
      row.bar.style.setProperty('--clean', String(before ?? 0));
      row.bar.style.setProperty('--share', String(now ?? 0));
      setText(row.clean, shareText(before));
      setText(row.attacked, shareText(now));
    });
    bar.value = subject.images === 0 ? 0 : done / subject.images;
    const isRunning = controller !== undefined;
    const isPartial = done > 0 && done < subject.images;
    setText(button, isRunning ? 'Stop' : isPartial ? 'Go on' : 'Evaluate');
    button.disabled = subject.images === 0;
    again.hidden = isRunning || done === 0;
    const labels = subject.isOwnAnswer
      ? ' What the network says of the clean image counts as right.'
      : '';
    setText(
      byId('evaluate-what', HTMLParagraphElement),
      subject.network === ''
        ? ''
        : subject.images === 0
          ? 'Add images of your own to evaluate this network on them.'
          : `${subject.network} under ${subject.attack}.${labels}`,
    );
    const total = sum(totals);
    const scores =
      total === 0
        ? ''
        : `: ${percent(sum(clean) / total)} right on clean images, ${percent(sum(attacked) / total)} under attack`;
    const doubts = [...shown.warnings].map((warning) => ` ${warning}`).join('');
    const where = isRunning ? '' : isPartial ? ', stopped' : '';
    setText(
      status,
      done === 0 ? '\u00a0' : `${done} of ${subject.images} images${where}${scores}.${doubts}`,
    );
  };

  const keepRow = ({subject, totals, clean, attacked}: Run): void => {
    const perClass = attacked.map((right, c) => shareOf(right, totals[c]));
    const known = perClass.filter((share) => share !== null);
    const rarest = subject.counts === null ? null : (perClass.at(-1) ?? null);
    const total = sum(totals);
    const cells = [
      subject.attack,
      total.toLocaleString('en-US'),
      percent(sum(clean) / total),
      percent(sum(attacked) / total),
      shareText(known.length === 0 ? null : Math.min(...known)),
      shareText(rarest),
    ];
    byId('former', HTMLDivElement).hidden = false;
    byId('former-rows', HTMLTableSectionElement).prepend(
      make(
        'tr',
        {},
        make('th', {scope: 'row', textContent: subject.network}),
        ...cells.map((text, i) =>
          make('td', {className: i === 0 ? '' : 'figure', textContent: text}),
        ),
      ),
    );
  };

  const go = async (): Promise<void> => {
    if (run === undefined || run.done >= run.subject.images) run = fresh();
    const mine = run;
    controller = new AbortController();
    const {signal} = controller;
    showTrouble('evaluate-trouble', null);
    show();
    const onPart = (part: EvaluationPart) => {
      if (signal.aborted) return;
      mine.done = part.done;
      part.totals.forEach((total, c) => {
        mine.totals[c] = (mine.totals[c] ?? 0) + total;
        mine.clean[c] = (mine.clean[c] ?? 0) + (part.clean[c] ?? 0);
        mine.attacked[c] = (mine.attacked[c] ?? 0) + (part.attacked[c] ?? 0);
      });
      for (const warning of part.warnings) mine.warnings.add(warning);
      show();
    };
    try {
      await evaluate(mine.subject.images, mine.done, onPart, signal);
      keepRow(mine);
    } catch (error) {
      if (error instanceof TroubleInWorker) showTrouble('evaluate-trouble', error.trouble);
      else if (!(error instanceof Stopped)) throw error;
    } finally {
      if (controller?.signal === signal) controller = undefined;
      show();
    }
  };

  button.addEventListener('click', () => {
    if (controller === undefined) void go();
    else controller.abort();
  });
  again.addEventListener('click', () => {
    run = undefined;
    void go();
  });
  const changed = (): void => {
    const now = fresh();
    if (run?.subject.key === now.subject.key) {
      show();
      return;
    }
    controller?.abort();
    controller = undefined;
    run = undefined;
    showTrouble('evaluate-trouble', null);
    show();
  };
  count.addEventListener('change', changed);
  return {changed};
}
