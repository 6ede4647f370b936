import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';

import type {DefaultTheme} from 'vitepress';

type Items = DefaultTheme.SidebarItem[];

const KINDS: readonly (readonly [folder: string, title: string])[] = [
  ['functions', 'Functions'],
  ['interfaces', 'Interfaces'],
  ['type-aliases', 'Types'],
  ['classes', 'Classes'],
  ['variables', 'Constants'],
];

const importName = (room: string) => (room === 'index' ? 'lt-robust' : `lt-robust/${room}`);

// The pages of one kind in one room, by name.
function pagesOf(api: string, room: string, folder: string): Items {
  const place = path.join(api, room, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort((a, b) => a.localeCompare(b, 'en'))
    .map((name) => ({text: name, link: `/api/${room}/${folder}/${name}`}));
}

/** The sidebar of the reference, from the pages that typedoc wrote. */
export function referenceSidebar(api: string): Items {
  if (!existsSync(api)) return [];
  const rooms = readdirSync(api, {withFileTypes: true}).filter((entry) => entry.isDirectory());
  return rooms
    .map(({name}) => name)
    .sort((a, b) => Number(b === 'index') - Number(a === 'index') || a.localeCompare(b, 'en'))
    .map((room) => ({
      // Groups are links too: one that is a button has its arrow, a second button, inside.
      text: importName(room),
      link: `/api/${room}/`,
      collapsed: true,
      items: KINDS.map(([folder, text]) => ({
        text,
        link: `/api/${room}/#${folder}`,
        collapsed: true,
        items: pagesOf(api, room, folder),
      })).filter(({items}) => items.length > 0),
    }));
}
