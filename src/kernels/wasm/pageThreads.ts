import {heapOf} from './heap';
import {startKernelThreads} from './kernelThreads';

/**
 * Threads for our own kernels in a page, as many as the backend has for its own: where the page is isolated
 * from others. In Node `startWasmThreads` starts them.
 *
 * @param backend - tfjs's wasm backend.
 * @returns What ends them; `undefined` where there are none.
 */
export function startPageThreads(backend: object): (() => void) | undefined {
  const count = heapOf(backend)?.threads() ?? 1;
  if (!Number.isFinite(count)) return undefined;
  const urls: string[] = [];
  const stop = startKernelThreads(backend, count, (script) => {
    const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
    urls.push(url);
    return new Worker(url);
  });
  return (
    stop &&
    (() => {
      stop();
      for (const url of urls) URL.revokeObjectURL(url);
    })
  );
}
