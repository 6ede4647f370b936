import type {CallName, Calls, Request, Response, Trouble} from './protocol';

/** The worker could not do what it was asked for; it says why in plain words. */
export class TroubleInWorker extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.message);
  }
}

/** A call that was stopped by the page. */
export class Stopped extends Error {}

/** How a call is followed. */
export interface Following<K extends CallName> {
  readonly onEvent?: (event: Calls[K]['event']) => void;
  readonly signal?: AbortSignal;
}

/** The worker, as the page sees it. */
export interface Client {
  /** Asks for something; rejects with {@link TroubleInWorker} or {@link Stopped}. */
  call<K extends CallName>(
    name: K,
    params: Calls[K]['params'],
    following?: Following<K>,
  ): Promise<Calls[K]['result']>;
  /** Ends it; calls that are running are stopped. */
  terminate(): void;
}

interface Waiting {
  readonly event: (event: never) => void;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a worker. */
export function startWorker(): Client {
  const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), {type: 'module'});
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const rejectAll = (error: Error) => {
    for (const {reject} of waiting.values()) reject(error);
    waiting.clear();
  };

  worker.addEventListener('message', ({data}: MessageEvent<Response>) => {
    const call = waiting.get(data.id);
    if (call === undefined) return;
    if (data.kind === 'event') {
      call.event(data.event as never);
      return;
    }
    waiting.delete(data.id);
    if (data.kind === 'result') call.resolve(data.result as never);
    else if (data.kind === 'stopped') call.reject(new Stopped());
    else call.reject(new TroubleInWorker(data.trouble));
  });
  worker.addEventListener('error', (event) => {
    const message = event.message || 'The worker could not be loaded.';
    rejectAll(new TroubleInWorker({message, advice: 'Load the page again.'}));
  });

  const send = (request: Request) => {
    worker.postMessage(request);
  };
  return {
    call(name, params, {onEvent, signal} = {}) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(new Stopped());
          return;
        }
        const id = ++lastId;
        waiting.set(id, {event: (event) => onEvent?.(event), resolve, reject});
        send({kind: 'call', id, name, params} as Request);
        signal?.addEventListener('abort', () => {
          // The page goes on at once; the worker's own answer finds nobody waiting.
          if (waiting.delete(id)) reject(new Stopped());
          send({kind: 'stop', id});
        });
      });
    },
    terminate() {
      worker.terminate();
      rejectAll(new Stopped());
    },
  };
}
