import type {Browser, Page} from 'playwright';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Time on the processor, in microseconds: other programs of a busy machine do not count. */
  readonly tdur?: number;
  readonly dur?: number;
  readonly args?: {
    readonly name?: string;
    readonly data?: {readonly url?: string; readonly processId?: number};
  };
}

/**
 * The longest task of a page's main thread while `body` runs, in milliseconds on the processor, and
 * as its clock saw it.
 */
export async function longestTask(
  browser: Browser,
  page: Page,
  body: () => Promise<void>,
): Promise<{processor: number; clock: number; tasks: number}> {
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await body();
  const text = (await browser.stopTracing()).toString();
  const {traceEvents} = JSON.parse(text) as {traceEvents: TraceEvent[]};
  const main = new Set(
    traceEvents
      .filter(({name, args}) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({pid, tid}) => `${pid} ${tid}`),
  );
  // Of the processes that draw pages, the one that this page came into.
  const url = page.url();
  const own = new Set(
    traceEvents
      .filter(({name, args}) => name === 'FrameCommittedInBrowser' && args?.data?.url === url)
      .map(({args}) => args?.data?.processId),
  );
  const tasks = traceEvents.filter(
    ({name, pid, tid}) => name === 'RunTask' && own.has(pid) && main.has(`${pid} ${tid}`),
  );
  const longest = (of: (event: TraceEvent) => number) =>
    tasks.reduce((most, event) => Math.max(most, of(event)), 0) / 1000;
  return {
    processor: longest(({tdur = 0}) => tdur),
    clock: longest(({dur = 0}) => dur),
    tasks: tasks.length,
  };
}
