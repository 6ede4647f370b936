import {runCli} from './program';
import {processTerminal} from './terminal';

const abort = new AbortController();
// The first Ctrl-C ends at the next unit of work, the second one at once.
process.once('SIGINT', () => abort.abort(new Error('interrupted')));

void runCli(process.argv.slice(2), processTerminal(), abort.signal).then((code) => {
  process.exitCode = code;
});
