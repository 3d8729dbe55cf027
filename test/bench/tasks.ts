/** What keeps a tab from hearing anybody: the tasks of its main thread, by the browser's own tracing. */
import type { CDPSession } from 'playwright-core';

/** ms. `wall`: from its begin to its end, also while other programs had the processor; `cpu`: what it took itself. */
export type Task = { wall: number; cpu: number };

/** µs. */
type TraceEvent = { name: string; ph: string; pid: number; tid: number; dur?: number; tdur?: number; args: { name?: string } };

/** The longest ones while `run` runs, by either measure. Without a session of its own for each, the second tracing would be of another page. */
export async function longestTask(devtools: CDPSession, run: () => Promise<unknown>): Promise<Task> {
  const events: TraceEvent[] = [];
  const keep = ({ value }: { value: unknown[] }) => void events.push(...(value as TraceEvent[]));
  devtools.on('Tracing.dataCollected', keep);
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'] } });
  await run();
  const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.end');
  await complete;
  devtools.off('Tracing.dataCollected', keep);
  return longestOf(events);
}

function longestOf(events: readonly TraceEvent[]): Task {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread));
  const tasks = events.filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && pages.has(thread(event)));
  if (tasks.length === 0) throw new Error('the browser has traced no task of the page');
  const most = (of: 'dur' | 'tdur') => tasks.reduce((longest, task) => Math.max(longest, task[of] ?? 0), 0) / 1000;
  return { wall: most('dur'), cpu: most('tdur') };
}
