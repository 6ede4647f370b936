import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

import {describe, expect, it} from 'vitest';

import {readReport, reportFile} from '../../src/cli/reportFile';
import {writeWhole} from '../../src/node/writeWhole';
import {sampleLabels, sampleReport} from '../support/reports';
import {withFolder} from '../support/folders';

describe('report files', () => {
  const file = reportFile({
    ...{
      report: sampleReport(),
      examples: sampleLabels.map((_, i) => i),
      labels: sampleLabels,
      attacks: {},
    },
    run: {command: 'c', model: 'm', data: 'd', seed: 1, backend: 'cpu', elapsedMs: 5, versions: {}},
  });

  it('come back as they were written', () =>
    withFolder({}, async (folder) => {
      const place = path.join(folder, 'r.json');
      await writeWhole(place, JSON.stringify(file));
      expect(await readReport(place)).toEqual(file);
      expect(file).toMatchObject({format: 'lt-robust-report', version: 1});
      expect(await readdir(folder)).toEqual(['r.json']);
      await expect(readReport(path.join(folder, 'no.json'))).rejects.toThrow(
        /no\.json cannot be read: ENOENT: no such file/,
      );
    }));

  it.each([
    ['x', 'is no JSON'],
    ['{}', 'is no report that'],
    ['null', 'is no report that'],
    ['5', 'is no report that'],
    [JSON.stringify({...file, version: 2}), 'is no report that'],
    [JSON.stringify({...file, version: undefined}), 'is no report that'],
    [JSON.stringify({...file, format: 'lt-robust-audit'}), 'is no report that'],
    [JSON.stringify({...file, format: undefined}), 'is no report that'],
  ])('are refused: %s', (text, message) =>
    withFolder({}, async (folder) => {
      const place = path.join(folder, 'r.json');
      await writeFile(place, text);
      await expect(readReport(place)).rejects.toThrow(message);
      await expect(readReport(`${place}x`)).rejects.toThrow('cannot be read');
    }),
  );
});
