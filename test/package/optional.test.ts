import ts from 'typescript';
import {describe, expect, it} from 'vitest';

import {readSources} from './sources';

// Options that a user's program may compute: with exactOptionalPropertyTypes it can hand over
// `undefined` only where the type says so, and withDefaults takes it for "not given" anyway.
function strictOptions(name: string, text: string): {checked: number; problems: string[]} {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  let checked = 0;
  const problems: string[] = [];
  source.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || !/(Options|Context)$/.test(node.name.text)) return;
    for (const member of node.members.filter(ts.isPropertySignature)) {
      if (member.questionToken === undefined) continue;
      checked++;
      if (!/\bundefined\b/.test(member.type?.getText() ?? '')) {
        problems.push(`${name}: ${node.name.text}.${member.name.getText()}`);
      }
    }
  });
  return {checked, problems};
}

describe('optional options', () => {
  it('may be given as undefined', () => {
    const sources = [...readSources()];
    const found = sources.map(([name, text]) => strictOptions(name, text));
    expect(found.flatMap(({problems}) => problems)).toEqual([]);
    expect(found.reduce((sum, {checked}) => sum + checked, 0)).toBeGreaterThan(50);
  });

  it('are found where they may not', () => {
    const text = 'interface AOptions {a?: number; b?: number | undefined; c: number}';
    expect(strictOptions('a.ts', text)).toEqual({checked: 2, problems: ['a.ts: AOptions.a']});
  });
});
