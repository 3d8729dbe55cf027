/** Actions on many items: frozen, looked at, done part by part, stopped, taken back. */
import { expect, test } from 'vitest';
import type { AnswerFrame, BulkView, Command, Query, SearchView } from '../../inspector/protocol.ts';
import { cli, tokenIn } from '../support/control.ts';
import { operated } from '../support/operated.ts';
import { failed, jobSpec } from '../support/store.ts';

const jobs = [jobSpec('papers', { fetch: [], score: ['fetch'] }), jobSpec('talks', { fetch: [] })];

async function connected() {
  const { run, url, data } = await operated({ jobs, handle: { fetch: ({ key, attempt }) => (key.startsWith('bad') && attempt === 1 ? failed('item_specific', 'answered 404') : undefined) } });
  const client = await cli({ url, token: tokenIn(data) });
  let n = 0;
  const ask = async <View>(query: Partial<Query>): Promise<View> => viewIn<View>(await client.ask({ id: `q${++n}`, query }));
  const tell = (command: Command) => client.ask({ id: `c${++n}`, command });
  const found = async (filter: string) => (await ask<SearchView>({ type: 'search', filter })).selection!.id;
  const freeze = async (filter: string, action: BulkView['action']) => ask<BulkView>({ type: 'freeze', from: { selection: await found(filter) }, action });
  const over = async (id: string): Promise<BulkView> => {
    for (;;) {
      const view = await ask<BulkView>({ type: 'bulk', id });
      if (view.state !== 'running') return view;
    }
  };
  return { run, client, ask, tell, found, freeze, over };
}

function viewIn<View>(frame: AnswerFrame): View {
  expect(frame).toMatchObject({ ok: true });
  return (frame as unknown as { view: View }).view;
}

test('what begins to match after it was frozen is not touched', async () => {
  const { run, tell, freeze, over } = await connected();
  await run.add('papers', 'good', 'bad1', 'bad2');
  const frozen = await freeze('state:failed', { verb: 'RETRY' });
  expect(frozen).toMatchObject({ state: 'frozen', count: 2, filter: 'state:failed', jobs: [{ job: 'papers', items: 2, tasks: 2, stages: [{ stage: 'fetch', from: 'failed', to: 'ready', byHand: true, tasks: 2 }] }] });
  expect(frozen.words).toBeUndefined();
  await run.add('papers', 'bad3');
  run.started.length = 0;
  expect(await tell({ type: 'BULK', bulk: frozen.id, do: 'run' })).toMatchObject({ ok: true });
  expect(await over(frozen.id)).toMatchObject({ state: 'done', done: 2, tasks: 2 });
  expect(run.keys('fetch').toSorted()).toEqual(['bad1', 'bad2']);
  expect(await tell({ type: 'BULK', bulk: frozen.id, do: 'run' })).toMatchObject({ ok: false, code: 'not_accepted', message: 'it is done already' });
});

test('of an item that matches, the tasks that the filter means are taken, and no others', async () => {
  const { run, freeze } = await connected();
  await run.add('papers', 'a');
  await run.add('talks', 'a');
  expect((await freeze('stage:score', { verb: 'REPROCESS' })).jobs).toMatchObject([{ job: 'papers', tasks: 1, stages: [{ stage: 'score' }] }]);
  const both = await freeze('state:done', { verb: 'REPROCESS' });
  expect(both.jobs.map(({ job, tasks }) => [job, tasks])).toEqual([['talks', 1], ['papers', 2]]);
});

test('without a filter it means everything, which has to be said in words', async () => {
  const { run, tell, freeze, over } = await connected();
  await run.add('papers', 'bad1', 'b');
  const frozen = await freeze('', { verb: 'RETRY' });
  expect(frozen.words).toBe('all 2 items');
  for (const words of [undefined, 'all', 'all 3 items']) {
    expect(await tell({ type: 'BULK', bulk: frozen.id, do: 'run', ...(words !== undefined && { words }) })).toMatchObject({ ok: false, message: expect.stringContaining('say "all 2 items"') });
  }
  expect(run.keys('fetch')).toHaveLength(2);
  expect(await tell({ type: 'BULK', bulk: frozen.id, do: 'run', words: 'all 2 items' })).toMatchObject({ ok: true });
  expect(await over(frozen.id)).toMatchObject({ state: 'done', tasks: 1 });
});

test('it is done in parts, so that it can be stopped; priorities go back to what they were', async () => {
  const { run, client, ask, tell, freeze, over } = await connected();
  await tell({ type: 'PAUSE', job: 'papers', reason: 'nothing has to run here' });
  await run.add('papers', ...Array.from({ length: 1_200 }, (_, n) => `k${n}`));
  run.db.exec('UPDATE item SET priority = id % 3');
  const frozen = await freeze('job:papers', { verb: 'PRIORITY', priority: -9 });
  for (const what of ['run', 'abort']) client.socket.send(JSON.stringify({ id: what, command: { type: 'BULK', bulk: frozen.id, do: what } }));
  expect([await client.next(), await client.next()]).toMatchObject([{ ok: true }, { ok: true }]);
  const stopped = await over(frozen.id);
  const changed = () => run.db.prepare('SELECT count(*) FROM item WHERE priority = -9').pluck().get();
  expect(stopped.state).toBe('aborted');
  expect(stopped.done).toBeLessThan(1_200);
  expect(changed()).toBe(stopped.done);
  expect(await tell({ type: 'BULK', bulk: frozen.id, do: 'undo' })).toMatchObject({ ok: true });
  expect(run.db.prepare('SELECT count(*) FROM item WHERE priority <> id % 3').pluck().get()).toBe(0);
  expect(await ask<BulkView>({ type: 'bulk', id: frozen.id })).toMatchObject({ state: 'undone' });
});

test('tasks that nobody has begun go back to what they were, all of the parts together', async () => {
  const { run, ask, tell, freeze, over } = await connected();
  await run.add('papers', ...Array.from({ length: 600 }, (_, n) => `bad${n}`));
  await tell({ type: 'PAUSE', job: 'papers', reason: 'nothing has to run here' });
  const states = () => run.db.prepare('SELECT state, reason, tries, lane FROM task ORDER BY item_id, stage_id').all();
  const before = states();
  const { id } = await freeze('state:failed', { verb: 'RETRY' });
  await tell({ type: 'BULK', bulk: id, do: 'run' });
  expect(await over(id)).toMatchObject({ state: 'done', tasks: 600 });
  expect(await ask({ type: 'edits' })).toMatchObject({ edits: [{ id: 1, bulk: id, verb: 'retry', filter: 'state:failed', items: 600, done: 600, tasks: 600, state: 'done' }] });
  expect(await tell({ type: 'BULK', bulk: id, do: 'undo' })).toMatchObject({ ok: true, after: { state: 'undone' } });
  expect(await ask<BulkView>({ type: 'bulk', id })).toMatchObject({ state: 'undone', undone: { tasks: 600, begun: 0 } });
  expect(states()).toEqual(before);
  expect(run.db.prepare("SELECT command ->> '$.type' FROM command WHERE id LIKE ? || '-undo-%'").pluck().all(id)).toEqual(['UNDO']);
});

test('an action that the end of a runner cut off says how far it came, and is taken back by the next one', async () => {
  const { run, ask, tell, freeze } = await connected();
  await run.add('papers', 'bad1', 'bad2');
  await tell({ type: 'PAUSE', job: 'papers', reason: 'nothing has to run here' });
  const { id } = await freeze('state:failed', { verb: 'RETRY' });
  const about = JSON.stringify({ action: { verb: 'RETRY' }, filter: 'state:failed', lines: ["npx jobctl retry papers --where 'state:failed'"] });
  const half = run.alive.ledger.edit({ verb: 'retry', job: 'papers', items: [1], mark: { id: 7, at: 5, who: 'browser', verb: 'retry', job: 'papers', bulk: 'bulk-of-before-1', about, items: 2, part: 1, isLast: false } });
  await run.time.settle();
  expect(await half).toBe(1);
  run.kill();
  await run.boot();
  expect(await ask<BulkView>({ type: 'bulk', id: 'bulk-of-before-1' })).toMatchObject({ state: 'interrupted', count: 2, done: 1, tasks: 1, filter: 'state:failed', lines: [expect.stringContaining('state:failed')] });
  expect(await tell({ type: 'BULK', bulk: 'bulk-of-before-1', do: 'run' })).toMatchObject({ ok: false, message: 'it is interrupted: freeze the items again' });
  expect(await tell({ type: 'BULK', bulk: 'bulk-of-before-1', do: 'undo' })).toMatchObject({ ok: true, after: { state: 'undone' } });
  expect(run.tasks('papers', 'fetch')).toEqual({ failed: 2 });
  expect(id).not.toBe('bulk-of-before-1');
});

test('chosen items stay chosen for another action; what has begun since is not taken back, and says so', async () => {
  const { run, ask, tell, over } = await connected();
  await run.add('papers', 'a', 'bad1');
  const first = await ask<BulkView>({ type: 'freeze', from: { items: [1, 2, 2] }, action: { verb: 'RETRY' } });
  const second = await ask<BulkView>({ type: 'freeze', from: { bulk: first.id }, action: { verb: 'REPROCESS', stage: 'fetch', downstream: true } });
  expect([first.count, first.filter, second.count, second.jobs[0]!.tasks]).toEqual([2, null, 2, 3]);
  expect(second.lines).toEqual(['npx jobctl reprocess papers fetch --item 1 2 --downstream']);
  await tell({ type: 'BULK', bulk: second.id, do: 'run' });
  await over(second.id);
  expect(await tell({ type: 'BULK', bulk: second.id, do: 'undo' })).toMatchObject({ ok: false, message: 'all 3 tasks of edit 1 have begun since: there is nothing to put back' });
});

test('what is not kept any more is refused with what helps', async () => {
  const { client, tell } = await connected();
  expect(await client.ask({ id: 'x', query: { type: 'freeze', from: { selection: 'gone-1' }, action: { verb: 'RETRY' } } })).toMatchObject({ ok: false, code: 'unknown_selection' });
  expect(await client.ask({ id: 'y', query: { type: 'bulk', id: 'gone-1' } })).toMatchObject({ ok: false, code: 'unknown_selection' });
  expect(await tell({ type: 'BULK', bulk: 'gone-1', do: 'run' })).toMatchObject({ ok: false, message: expect.stringContaining('freeze the items again') });
});
