import { expect, test } from 'vitest';
import { changesBetween, effectOf, sentenceOf } from '../../runtime/config/changes.ts';
import { accepted } from '../support/config.ts';

const weights = { items: () => 120, openTasks: () => 1 };
const job = (more = '', stages = '[{ name: fetch, concurrency: 4 }, { name: score }]', discovery = '{ strategy: manual, every: 1h }') =>
  `  watch:\n    handler: ./handlers/job.ts\n    discovery: ${discovery}\n    stages: ${stages}\n${more.replace(/^(?=.)/gm, '    ')}`;
const file = (...jobs: string[]) => `resources: { net: { concurrency: 2 } }\njobs:\n${jobs.join('\n')}\n`;
const second = job().replace('watch:', 'other:');

/** What the change from one text to another does, line by line. */
function changes(before: string, after: string): string[] {
  return changesBetween(accepted(before).spec, accepted(after).spec, weights).map((change) => `${effectOf(change).trim()} ${sentenceOf(change)}`);
}

test.each([
  ['nothing that counts', file(job()), `# a remark\n${file(job())}`, []],
  ['the concurrency of a stage', file(job()), file(job('', '[{ name: fetch, concurrency: 8 }, { name: score }]')), ['live job "watch", stage "fetch": concurrency 4 → 8']],
  ['a time-out', file(job()), file(job('', '[{ name: fetch, concurrency: 4, timeout: 90s }, { name: score }]')), ['live job "watch", stage "fetch": timeout 10m → 90s; from the next attempts on']],
  ['a default', file(job()), `defaults: { retry: { max: 5 } }\n${file(job())}`, ['live job "watch", stage "fetch": retry 3 × 30s..1h → 5 × 30s..1h', 'live job "watch", stage "score": retry 3 × 30s..1h → 5 × 30s..1h']],
  ['how often it looks', file(job()), file(job('', undefined, '{ strategy: manual, every: 2h }')), ['restarts job "watch": discovery.every 1h → 2h; it looks at once']],
  ['an option of its strategy', file(job('', undefined, "{ strategy: feed, url: 'https://a.test' }")), file(job('', undefined, "{ strategy: feed, url: 'https://b.test' }")), ['restarts job "watch": discovery.url https://a.test → https://b.test; it looks at once']],
  ['a limit', file(job()), file(job('guards: { max_pending: 10, daily_cost_limit: 1.5 }\n')), ['restarts job "watch": guards.max_pending none → 10; it looks at once', 'live job "watch": guards.daily_cost_limit none → 1.5']],
  ['limits of money', file(job()), `daily_cost_limit: $20\nday: { tz: UTC }\ndoctor: { daily_cost_limit: 1 }\n${file(job('guards: { item_cost_limit: 0.1 }\n', '[{ name: fetch, concurrency: 4, max_cost: 0.05 }, { name: score, daily_cost_limit: $2 }]'))}`, [
    'live daily_cost_limit none → 20', 'live doctor.daily_cost_limit none → 1', 'live day.tz America/Los_Angeles → UTC; what was spent stays with the day that it was spent on',
    'live job "watch": guards.item_cost_limit none → 0.1', 'live job "watch", stage "fetch": max_cost none → 0.05; from the next attempts on', 'live job "watch", stage "score": daily_cost_limit none → 2',
  ]],
  ['what it requires', file(job('requires: { env: [A] }\n')), file(job('requires: { env: [A, B] }\n')), ['live job "watch": requires.env A → A, B']],
  ['how often what dies is started again', file(job()), file(job('restart: { max: 9, within: 10m, stalled_after: 5m }\n')), ['live job "watch": restart 5 in 1m → 9 in 10m', 'live job "watch": restart.stalled_after 1m → 5m']],
  ['its window and emoji', file(job()), file(job('window: 09:00-17:00\nemoji: 📞\n')), ['live job "watch": emoji none → 📞', 'live job "watch": window none → 09:00-17:00']],
  ['what a stage needs', file(job()), file(job('stage_deps: { fetch: [] }\n')), ['live job "watch", stage "score": needs fetch → none']],
  ['the name of a stage', file(job()), file(job('', '[{ name: fetch, concurrency: 4 }, { name: grade }]')), ['starts job "watch", stage "grade": new; it gets the 120 items of the job', 'parks job "watch", stage "score": taken out; its 1 open task is parked and goes on when it returns']],
  ['a job more', file(job()), file(job(), second), ['starts job "other": new, with the stages fetch, score']],
  ['a job less', file(job(), second), file(job()), ['archives job "other": taken out; its 120 items are kept and come back with it']],
  ['a resource', file(job()), file(job()).replace('concurrency: 2', 'concurrency: 3'), ['live resource "net": concurrency 2 → 3']],
  ['who is told', `notify: { targets: { a: { kind: ntfy, topic: x }, b: { kind: exec, command: [true] } } }\n${file(job())}`.replace('[true]', '["true"]'), `notify: { targets: { a: { kind: ntfy, topic: y }, c: { kind: slack, url: "\${S}", min_risk: high } } }\n${file(job())}`, ['live notify: "a" is another one', 'live notify: "c" is new, slack, from high risk on', 'live notify: "b" is taken out']],
  ['the port', file(job()), `inspector: { port: 4700 }\n${file(job())}`, ['at start inspector.port 4600 → 4700 unless --port or RIVUS_PORT says otherwise']],
  ['how long things are kept', file(job()), `retention: { attempts: 30d, journal: { rows: 9000 } }\n${file(job())}`, ['live retention.journal 30d and 500000 rows → 30d and 9000 rows', 'live retention.attempts 90d → 30d']],
])('%s', (_, before, after, said) => {
  expect(changes(before, after)).toEqual(said);
});

test('every key that a job may have is compared', () => {
  const full = accepted(file(job('emoji: 📞\npipeline: calls/1\naccepts: [example.com]\nwindow: 09:00-17:00\nguards: { max_pending: 3, daily_cost_limit: 1, validate: true }\nrequires: { env: [A], bin: [ls] }\n'))).spec;
  const [spec] = full.jobs;
  const compared = Object.keys(spec!).filter((key) => key !== 'id').filter((key) => {
    const other = { ...full, jobs: [{ ...spec!, [key]: undefined as never, ...(typeof spec![key as 'guards'] === 'object' && { [key]: emptied(spec![key as 'guards']) }) }] };
    return changesBetween(full, other, weights).length > 0;
  });
  expect(compared).toEqual(Object.keys(spec!).filter((key) => key !== 'id'));
});

const emptied = (value: object): unknown => (Array.isArray(value) ? [] : 'coolDown' in value ? { coolDown: { baseMs: 1, capMs: 1 } } : 'strategy' in value ? { strategy: 'other', everyMs: 1, options: {} } : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, Array.isArray(one) ? [] : undefined])));
