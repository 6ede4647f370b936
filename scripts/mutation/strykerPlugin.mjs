// Stryker's side of scripts/mutation: the checker `chosen` lets through the mutants named in
// MUTATION_CHOSEN, a JSON file, and the reporter `outcomes` appends a line to MUTATION_OUTCOMES for
// each mutant as soon as it is decided, so that a run that is cut short has not run for nothing.
import {appendFileSync, readFileSync} from 'node:fs';
import process from 'node:process';

/** A mutant's name as `nameOf` in mutants.ts writes it. */
function nameOf({fileName, location, mutatorName, replacement}, offset = 0) {
  const file = fileName.slice(fileName.lastIndexOf('/src/') + 1);
  const {start, end} = location;
  const place = [start.line, start.column, end.line, end.column].map((n) => n - offset).join(':');
  return `${file}:${place}:${mutatorName}:${replacement}`;
}

class ChosenChecker {
  init() {
    this.chosen = new Set(JSON.parse(readFileSync(process.env.MUTATION_CHOSEN, 'utf8')));
    return Promise.resolve();
  }

  group(mutants) {
    return Promise.resolve(mutants.length === 0 ? [] : [mutants.map(({id}) => id)]);
  }

  check(mutants) {
    const result = (mutant) =>
      this.chosen.has(nameOf(mutant))
        ? {status: 'passed'}
        : {status: 'compileError', reason: 'not chosen'};
    return Promise.resolve(
      Object.fromEntries(mutants.map((mutant) => [mutant.id, result(mutant)])),
    );
  }
}

class OutcomesReporter {
  onMutantTested(mutant) {
    if (mutant.status === 'CompileError') return;
    const {status, killedBy} = mutant;
    const line = JSON.stringify({name: nameOf(mutant, 1), status, killedBy});
    appendFileSync(process.env.MUTATION_OUTCOMES, `${line}\n`);
  }
}

export const strykerPlugins = [
  {kind: 'Checker', name: 'chosen', injectableClass: ChosenChecker},
  {kind: 'Reporter', name: 'outcomes', injectableClass: OutcomesReporter},
];
