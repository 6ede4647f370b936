import {answerOf} from './answers';
import {troubleOf} from './trouble';
import type {CallName, Calls, Request, Response} from '../protocol';

const running = new Map<number, AbortController>();

const post = (response: Response): void => {
  self.postMessage(response);
};

async function answer<K extends CallName>(
  id: number,
  name: K,
  params: Calls[K]['params'],
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const emit = (event: Calls[K]['event']) => {
      post({kind: 'event', id, event});
    };
    const result = await answerOf(name)(params, emit, controller.signal);
    post({kind: 'result', id, result});
  } catch (error) {
    if (controller.signal.aborted) post({kind: 'stopped', id});
    else post({kind: 'trouble', id, trouble: troubleOf(error)});
  } finally {
    running.delete(id);
  }
}

self.addEventListener('message', ({data}: MessageEvent<Request>) => {
  if (data.kind === 'stop') running.get(data.id)?.abort();
  else void answer(data.id, data.name, data.params);
});
