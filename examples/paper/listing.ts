import {allExperiments, nameOfRow} from './targets';

/** Every experiment with its rows and their presets, as text. */
export function listing(): string {
  const parts = allExperiments().map(({name, title, rows}) => {
    const names = rows.map(nameOfRow);
    const width = Math.max(...names.map((row) => row.length));
    const lines = rows.map(({preset}, i) => `  ${names[i]?.padEnd(width)}  ${preset.id}`);
    return [`${name}: ${title}`, ...lines].join('\n');
  });
  return parts.join('\n\n');
}
