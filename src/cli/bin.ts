import {enableProdMode} from '@tensorflow/tfjs-core';

import {runCli} from './runCli';
import {processTerminal} from './terminal';

// Otherwise tfjs greets whoever uses it in Node, and advises a backend that is not used here.
enableProdMode();

// The processes of "evaluate --workers" load this file for that export, and nothing else.
export {evaluatePart} from './evaluatePart';

if (!Reflect.has(process, '__tinypool_state__')) {
  const abort = new AbortController();
  // The first Ctrl-C ends at the next unit of work, the second one at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => abort.abort(new Error('interrupted')));
  }
  // Whoever reads may stop, as `head` does: what is written to files and the exit code stay as they are.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  void runCli(process.argv.slice(2), processTerminal(), abort.signal).then((code) => {
    process.exitCode = code;
  });
}
