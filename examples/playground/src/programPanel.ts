import {byId, setText} from './dom';

/**
 * Runs the panel with the program.
 *
 * @returns What shows another program.
 */
export function programPanel(): (program: string) => void {
  const code = byId('program', HTMLPreElement).querySelector('code');
  const copied = byId('copied', HTMLParagraphElement);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code?.textContent ?? '');
      setText(copied, 'Copied. Paste it into a file that ends in .mts and run it with tsx.');
    } catch {
      getSelection()?.selectAllChildren(byId('program', HTMLPreElement));
      setText(copied, 'This browser does not let the page copy: it is selected, copy it yourself.');
    }
  };
  byId('copy', HTMLButtonElement).addEventListener('click', () => void copy());
  return (program) => {
    if (code !== null) setText(code, program);
    setText(copied, 'What is on the screen, with lt-robust.');
  };
}
