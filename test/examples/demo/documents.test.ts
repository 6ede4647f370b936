import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {readArguments} from '../../../examples/demo/arguments';
import {fillBlocks} from '../../../examples/demo/documents';
import type {DemoReport} from '../../../examples/demo/report';
import type {SearchReport} from '../../../examples/demo/searchReport';
import {keptBlocks, keptPictures} from '../../../examples/demo/kept';
import {pairedDifference} from '../../../examples/demo/paired';
import {GRID} from '../../../examples/methods/grid';
import type {MethodsReport} from '../../../examples/methods/report';
import {paperRow} from '../../../examples/paper/paperNumbers';

describe('fillBlocks', () => {
  const text =
    'a\n<!-- results: x -->\nold\n<!-- /results -->\nb\n<!-- results: y -->\n<!-- /results -->';

  it('replaces what stands between the marks, and nothing else', () => {
    const filled = fillBlocks(text, {x: 'new', y: '$& is no pattern'});
    expect(filled).toBe(
      'a\n<!-- results: x -->\n\nnew\n\n<!-- /results -->\nb\n' +
        '<!-- results: y -->\n\n$& is no pattern\n\n<!-- /results -->',
    );
    expect(fillBlocks(filled, {x: 'new', y: '$& is no pattern'})).toBe(filled);
  });

  it('refuses a mark that no report fills', () => {
    expect(() => fillBlocks(text, {x: 'new'})).toThrow('no kept report gives "y"');
  });
});

describe('what README and docs/results.md say in words', () => {
  const report = JSON.parse(readFileSync('docs/results/demo.json', 'utf8')) as DemoReport;
  const intervalOf = (method: string, against: string, column: 'clean' | 'pgd20' | 'rarePgd20') =>
    report.differences.find((d) => d.method === method && d.against === against)?.columns[column]
      ?.interval ?? [NaN, NaN];

  it.each(['paper', 'kl'])('%s is behind AT-BSL and the teacher alone', (method) => {
    for (const against of ['at-bsl', 'teacher']) {
      expect(intervalOf(method, against, 'pgd20')[1]).toBeLessThan(0);
      expect(intervalOf(method, against, 'rarePgd20')[1]).toBeLessThan(0);
    }
  });

  it('the teacher alone is ahead of AT-BSL', () => {
    expect(intervalOf('teacher', 'at-bsl', 'clean')[0]).toBeGreaterThan(0);
    expect(intervalOf('teacher', 'at-bsl', 'pgd20')[0]).toBeGreaterThan(0);
  });

  it("the students' teacher is ahead of them with a part of the image-steps", () => {
    for (const {name, teacher, last, cost} of report.methods) {
      if (teacher === null) continue;
      expect(teacher.last.pgd20.mean, name).toBeGreaterThan(last.pgd20.mean);
      expect(teacher.cost.imageSteps / cost.imageSteps).toBeCloseTo(0.6, 2);
    }
  });
});

describe('what README and docs/results.md say of the search', () => {
  const search = JSON.parse(readFileSync('docs/results/distillation.json', 'utf8')) as SearchReport;
  const [regime] = search.regimes;
  const taught =
    regime?.variants.filter(({method}) => !['at-bsl', 'teacher'].includes(method)) ?? [];
  const columns = ['pgd20', 'tailPgd20', 'rarePgd20'] as const;

  it('KL with 30 % is the choice, ahead of AT-BSL over all classes and not on the rare ones', () => {
    expect(regime?.chosen.pgd20).toBe('KL 1, teacher 0.3');
    const against = taught.find(({name}) => name === 'KL 1, teacher 0.3')?.againstAtBsl?.last;
    expect(against?.pgd20?.perSeed).toHaveLength(5);
    expect(against?.pgd20?.interval?.[0]).toBeGreaterThan(0);
    for (const column of ['tailPgd20', 'rarePgd20'] as const) {
      const [low = NaN, high = NaN] = against?.[column]?.interval ?? [];
      expect(low).toBeLessThan(0);
      expect(high).toBeGreaterThan(0);
    }
  });

  it('there, no other variant is ahead of AT-BSL, and none of the teacher trained alone', () => {
    expect(taught.length).toBeGreaterThanOrEqual(7);
    for (const {name, againstAtBsl, againstTeacherAlone} of taught) {
      for (const column of columns) {
        const low = againstTeacherAlone?.last[column]?.interval?.[0];
        // Two runs that collapsed have no interval, and are 48 points behind.
        expect(low ?? -1, `${name}, ${column}`).toBeLessThan(0);
        if (name === 'KL 1, teacher 0.3') continue;
        const against = againstAtBsl?.last[column]?.interval?.[0];
        expect(against ?? -1, `${name}, ${column}`).toBeLessThan(0);
      }
    }
  });

  const isAhead = (difference?: {readonly interval: readonly [number, number] | null}) =>
    difference?.interval !== undefined && difference.interval !== null
      ? difference.interval[0] > 0
      : undefined;
  const found = (name: string, variant: string) =>
    search.regimes
      .find((each) => each.name === name)
      ?.variants.find((each) => each.name === variant);

  it('no taught student of any setting is ahead of both baselines', () => {
    const compared = search.regimes.flatMap(({name, variants}) =>
      variants
        .filter(({runs, method}) => runs.length >= 3 && !['at-bsl', 'teacher'].includes(method))
        .flatMap(({againstAtBsl, againstTeacherAlone}) =>
          columns.map((column) => ({
            name,
            isAheadOfBoth:
              isAhead(againstAtBsl?.last[column]) === true &&
              isAhead(againstTeacherAlone?.last[column]) === true,
          })),
        ),
    );
    expect(compared.filter(({isAheadOfBoth}) => isAheadOfBoth)).toEqual([]);
    expect(new Set(compared.map(({name}) => name)).size).toBe(4);
  });

  it('with crops and batch norm KL is far behind AT-BSL at one rate for all', () => {
    const kl = found('Fashion-MNIST, crops and flips', 'KL 1, teacher 0.3');
    for (const column of columns) {
      expect(kl?.againstAtBsl?.last[column]?.interval?.[1], column).toBeLessThan(0);
    }
    expect(kl?.againstTeacherAlone?.last.pgd20?.interval?.[1]).toBeLessThan(0);
  });

  it('without augmentation KL is ahead of the teacher alone and level with AT-BSL', () => {
    const kl = found('Fashion-MNIST, no augmentation', 'KL 1, teacher 0.1');
    expect(kl?.runs).toHaveLength(5);
    for (const column of columns) {
      expect(isAhead(kl?.againstTeacherAlone?.last[column]), column).toBe(true);
      const [low = NaN, high = NaN] = kl?.againstAtBsl?.last[column]?.interval ?? [];
      expect(low, column).toBeLessThan(0);
      expect(high, column).toBeGreaterThan(0);
    }
    expect(kl?.againstAtBsl?.last.clean?.interval?.[1]).toBeLessThan(0);
  });

  it('with chosen rates every form of distillation is 1 to 4 points behind both over all classes', () => {
    const regime = search.regimes.find(({name}) => name.endsWith('rates chosen'));
    const taught = regime?.variants.filter(
      ({method, isTrial}) => isTrial !== true && !['at-bsl', 'teacher'].includes(method),
    );
    expect(taught?.map(({runs}) => runs.length)).toEqual([5, 5, 5, 5]);
    for (const {name, againstAtBsl, againstTeacherAlone} of taught ?? []) {
      const {mean = NaN, interval} = againstAtBsl?.last.pgd20 ?? {};
      expect(interval?.[1], name).toBeLessThan(0);
      expect(mean).toBeLessThan(-0.01);
      expect(mean).toBeGreaterThan(-0.04);
      expect(againstTeacherAlone?.last.pgd20?.mean, name).toBeLessThan(0);
      for (const column of ['tailPgd20', 'rarePgd20'] as const) {
        expect(isAhead(againstAtBsl?.last[column]), `${name}, ${column}`).not.toBe(true);
        expect(isAhead(againstTeacherAlone?.last[column]), `${name}, ${column}`).not.toBe(true);
      }
    }
    const alone = regime?.variants.find(({method}) => method === 'teacher');
    for (const column of columns) {
      const [low = NaN, high = NaN] = alone?.againstAtBsl?.last[column]?.interval ?? [];
      expect(low < 0 && high > 0, column).toBe(true);
    }
    // The rate is the one with the best sum of both columns, of those that were tried.
    const tried = (start: string) =>
      (regime?.variants ?? [])
        .filter(({name, isTrial}) => isTrial === true && name.startsWith(`${start}, rate`))
        .map(({name, runs: [run]}) => ({
          rate: name.split(' ').at(-1),
          value: (run?.validation.pgd20 ?? NaN) + (run?.validation.rarePgd20 ?? NaN),
        }))
        .sort((a, b) => b.value - a.value)[0]?.rate;
    expect(['AT-BSL', 'teacher alone', 'KL 1', 'KL 3'].map(tried)).toEqual([
      ...['0.025', '0.1', '0.025', '0.025'],
    ]);
  });

  it('weight 3 collapses in every run at the rates that were not chosen, and in none at that which was', () => {
    const collapsed = (isChosen: boolean) =>
      search.regimes
        .filter(({name}) => name.endsWith('rates chosen') === isChosen)
        .flatMap(({variants}) => variants.filter(({name}) => name.startsWith('KL 3')))
        .flatMap(({runs}) => runs.map(({collapse}) => collapse !== null));
    expect(collapsed(false)).toEqual([true, true, true]);
    expect(new Set(collapsed(true))).toEqual(new Set([false]));
  });

  it('the last checkpoint of AT-BSL is as good as its best', () => {
    const gaps = search.regimes.flatMap(({variants}) =>
      variants
        .filter(
          ({method, runs, isTrial}) => method === 'at-bsl' && runs.length > 0 && isTrial !== true,
        )
        .map(({runs}) => {
          const mean = (which: 'last' | 'best') =>
            runs.reduce((sum, each) => sum + (each[which].pgd20 ?? NaN), 0) / runs.length;
          return mean('best') - mean('last');
        }),
    );
    expect(gaps.length).toBeGreaterThanOrEqual(5);
    for (const gap of gaps) expect(gap).toBeLessThan(0.01);
  });
});

describe('what README and docs/results.md say of all methods', () => {
  const report = JSON.parse(readFileSync('docs/results/methods.json', 'utf8')) as MethodsReport;
  const scores = (entry: string, column: 'clean' | 'autoAttack' | 'tailPgd20') =>
    report.runs
      .filter((run) => run.entry === entry)
      .sort((a, b) => a.seed - b.seed)
      .map((run) => 100 * (run.scores[column] ?? NaN));
  const paired = (entry: string, column: 'clean' | 'autoAttack' | 'tailPgd20') => {
    const theirs = scores('at-bsl', column);
    return pairedDifference(scores(entry, column).map((v, i) => v - (theirs[i] ?? NaN)));
  };
  const difference = (column: 'clean' | 'autoAttack' | 'tailPgd20') => {
    const {mean, interval} = paired('root-bsl', column);
    return [mean, ...(interval ?? [])].map((value) => value.toFixed(1));
  };
  const entries = [...new Set(report.runs.map(({entry}) => entry))];

  it('one alone is ahead of AT-BSL on the rarest class and over all', () => {
    const isAhead = (entry: string, column: 'autoAttack' | 'tailPgd20') =>
      (paired(entry, column).interval?.[0] ?? NaN) > 0;
    const inBoth = entries.filter(
      (entry) => isAhead(entry, 'tailPgd20') && isAhead(entry, 'autoAttack'),
    );
    expect(inBoth).toEqual(['root-bsl']);
  });

  it('square-root sampling with averaged weights gains what is said, over five seeds', () => {
    expect(difference('tailPgd20')).toEqual(['14.0', '1.7', '26.3']);
    expect(difference('autoAttack')).toEqual(['3.8', '2.2', '5.4']);
    expect(difference('clean')).toEqual(['-5.0', '-7.9', '-2.2']);
    const readme = readFileSync('README.md', 'utf8').replaceAll(/\s+/g, ' ');
    expect(readme).toContain('14.0 points [1.7, 26.3]');
    expect(readme).toContain('3.8 points [2.2, 5.4]');
    expect(readme).toContain('costs 5.0 points [2.2, 7.9]');
  });

  it('there are sixteen methods and ten combinations, and no run of AT-BSL has collapsed', () => {
    const kinds = new Map(GRID.map(({name, kind}) => [name, kind]));
    expect(entries.filter((name) => kinds.get(name) === 'method')).toHaveLength(16);
    expect(entries.filter((name) => kinds.get(name) === 'hunt')).toHaveLength(10);
    const collapsed = report.runs.filter(({collapse}) => collapse !== null);
    expect(collapsed.map(({entry}) => entry).sort()).toEqual(['adaad', 'ard', 'paper', 'rslad']);
  });
});

describe('what README and docs/results.md say of all methods at the scale of the demo', () => {
  const {runs} = JSON.parse(
    readFileSync('docs/results/methods-full.json', 'utf8'),
  ) as MethodsReport;
  type Column = 'clean' | 'pgd20' | 'autoAttack' | 'tailPgd20' | 'rarePgd20';
  const scores = (entry: string, column: Column) =>
    runs
      .filter((run) => run.entry === entry)
      .sort((a, b) => a.seed - b.seed)
      .map((run) => 100 * (run.scores[column] ?? NaN));
  const ahead = (other: string, column: Column) => {
    const theirs = scores(other, column);
    const ours = scores('root-bsl', column);
    const {mean, interval} = pairedDifference(ours.map((v, i) => v - (theirs[i] ?? NaN)));
    return [mean, ...(interval ?? [])].map((value) => value.toFixed(1));
  };

  it('is so of square-root sampling with averaged weights, over five seeds', () => {
    for (const entry of ['root-bsl', 'at-bsl', 'paper']) {
      expect(scores(entry, 'clean')).toHaveLength(5);
    }
    expect(ahead('at-bsl', 'tailPgd20')).toEqual(['9.8', '7.0', '12.6']);
    expect(ahead('at-bsl', 'autoAttack')).toEqual(['3.6', '0.2', '7.0']);
    expect(ahead('at-bsl', 'pgd20')).toEqual(['1.7', '-1.2', '4.7']);
    expect(ahead('paper', 'pgd20')).toEqual(['3.0', '1.3', '4.8']);
    expect(ahead('paper', 'tailPgd20')).toEqual(['11.6', '9.5', '13.7']);
    const deviation = (entry: string, column: Column) => {
      const values = scores(entry, column);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
    };
    for (const column of ['pgd20', 'tailPgd20'] as const) {
      const most = Math.max(deviation('root-bsl', column), deviation('paper', column));
      expect(Number(ahead('paper', column)[0])).toBeGreaterThan(most);
    }
    const readme = readFileSync('README.md', 'utf8').replaceAll(/\s+/g, ' ');
    expect(readme).toContain('gains 9.8 points [7.0, 12.6]');
    expect(readme).toContain('11.6 points [9.5, 13.7] over the paper');
  });

  const document = readFileSync('docs/results.md', 'utf8');
  const section = (document.split("### At the demo's scale")[1] ?? '').split(
    "### The paper's own",
  )[0];

  it('says how many runs there are, of which only such of LDAM collapsed', () => {
    if (runs.length < 130) expect(section).toContain(`${runs.length} of 130 runs`);
    else expect(section).not.toContain('of 130 runs');
    const collapsed = runs.filter(({collapse}) => collapse !== null);
    expect([...new Set(collapsed.map(({entry}) => entry))]).toEqual(['ldam']);
  });

  it('and no seed twice', () => {
    expect(new Set(runs.map(({entry, seed}) => `${entry} ${seed}`)).size).toBe(runs.length);
  });

  it('names what gains more over all classes', () => {
    const gain = (entry: string) => {
      const theirs = scores('at-bsl', 'pgd20');
      const pairs = runs.filter((run) => run.entry === entry);
      const values = pairs.map(({seed, scores: {pgd20}}) => 100 * pgd20 - (theirs[seed] ?? NaN));
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    const entries = [...new Set(runs.map(({entry}) => entry))].filter((name) => name !== 'at-bsl');
    const best = entries.sort((a, b) => gain(b) - gain(a))[0];
    expect(best).toBe('fast-bsl');
    expect(gain('fast-bsl')).toBeGreaterThan(gain('root-bsl'));
  });
});

describe('the table of the paper in docs/results.md', () => {
  const document = readFileSync('docs/results.md', 'utf8');
  const [, section = ''] = document.split("### The paper's own numbers, in its own setting");
  const last = (row: string) => paperRow('table1', row)?.last;

  it.each(['PGD-AT', 'TRADES', 'MART', 'AWP', 'RoBal', 'REAT', 'AT-BSL', 'Ours'])(
    'has the numbers of %s',
    (row) => {
      const line = section.split('\n').find((each) => each.startsWith(`| ${row} `));
      const shares = (line ?? '')
        .split('|')
        .slice(2, 7)
        .map((cell) => Number(cell) / 100);
      const {clean, pgd, autoAttack, tailClean, tailPgd} = last(row) ?? {};
      [clean, pgd, autoAttack, tailClean, tailPgd].forEach((value, i) => {
        expect(shares[i]).toBeCloseTo(value ?? NaN, 6);
      });
    },
  );

  it('has the differences that are named', () => {
    const ahead = (column: 'pgd' | 'tailPgd') =>
      100 * ((last('Ours')?.[column] ?? NaN) - (last('AT-BSL')?.[column] ?? NaN));
    expect(ahead('pgd')).toBeCloseTo(8.4, 6);
    expect(ahead('tailPgd')).toBeCloseTo(27.5, 6);
    const best = paperRow('table1', 'AT-BSL')?.best.tailPgd ?? NaN;
    expect(100 * (best - (last('AT-BSL')?.tailPgd ?? NaN))).toBeCloseTo(13.3, 6);
  });
});

describe('what README says of the time that the demo takes', () => {
  it('is that of a kept report without flags, and within five minutes', () => {
    const report = JSON.parse(
      readFileSync('docs/results/demo-two-seeds.json', 'utf8'),
    ) as DemoReport;
    const {settings, seeds, machine, elapsedMs, methods, runs} = report;
    const asked = readArguments(['node', 'demo']);
    expect({settings, seeds}).toEqual({settings: asked.settings, seeds: asked.seeds});
    expect(methods.map(({name}) => name)).toEqual(asked.methods);
    expect(runs).toHaveLength(asked.methods.length * asked.seeds.length);
    expect(machine['processes']).toBe(2);
    expect(elapsedMs).toBeLessThan(300_000);
    const {cpu} = machine;
    expect(readFileSync('README.md', 'utf8')).toContain(
      `in ${Math.round(elapsedMs / 1000)} seconds on two cores of an ${cpu} (`,
    );
  });
});

describe('what docs/results.md says of the worst class', () => {
  it('is so: Shirt, in every run but those of PGD-AT', () => {
    const report = JSON.parse(readFileSync('docs/results/demo.json', 'utf8')) as DemoReport;
    for (const {method, last} of report.runs) {
      const worst = last.perClassPgd20.indexOf(Math.min(...last.perClassPgd20));
      expect(report.classNames[worst] === 'Shirt', method).toBe(method !== 'pgd-at');
    }
  });
});

describe('the documents say what the kept reports say (npm run results)', () => {
  it.each(['README.md', 'docs/results.md'])('%s', (path) => {
    const document = readFileSync(path, 'utf8');
    expect(document).toContain('<!-- results: demo: ');
    expect(fillBlocks(document, keptBlocks())).toBe(document);
  });

  it.each(Object.entries(keptPictures()))('%s', (path, svg) => {
    expect(readFileSync(path, 'utf8')).toBe(svg);
  });
});
