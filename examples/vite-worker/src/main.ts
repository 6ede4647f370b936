import type {Request, Response} from './messages';

const worker = new Worker(new URL('./worker.ts', import.meta.url), {type: 'module'});
const ask = (request: Request) => worker.postMessage(request);

const status = document.querySelector('#status') as HTMLElement;
const progress = document.querySelector('#progress') as HTMLProgressElement;

document.querySelector('#attack')?.addEventListener('click', () => {
  status.textContent = 'Starting …';
  ask({kind: 'attack', steps: 200});
});
document.querySelector('#stop')?.addEventListener('click', () => ask({kind: 'stop'}));

worker.addEventListener('message', ({data}: MessageEvent<Response>) => {
  switch (data.kind) {
    case 'progress':
      progress.value = data.done / data.total;
      status.textContent = `Step ${data.done} of ${data.total}`;
      break;
    case 'attacked':
      status.textContent = `Done on ${data.backend}: no pixel changed by more than ${data.largestChange.toFixed(3)}.`;
      break;
    case 'stopped':
      status.textContent = 'Stopped.';
      break;
    case 'failed':
      status.textContent = data.message;
      break;
  }
});
