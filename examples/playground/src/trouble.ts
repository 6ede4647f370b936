import {byId, make} from './dom';
import type {Trouble} from './protocol';

/** Says what went wrong in a place for it; `null` clears it. */
export function showTrouble(id: string, trouble: Trouble | null): void {
  const place = byId(id, HTMLDivElement);
  place.hidden = trouble === null;
  if (trouble === null) place.replaceChildren();
  else place.replaceChildren(make('strong', {textContent: trouble.message}), trouble.advice);
}
