import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import { z } from 'zod';
import type { SourceContext, Strategy } from '../../actors/ports.ts';
import { strategies } from '../../actors/strategies/index.ts';
import { realClock } from '../../runtime/clock.ts';
import { localWeb } from '../support/local-web.ts';
import { abortable, outputRow, poll, tellingStrategy, worldOf } from '../support/sources.ts';

function strategyThat(discover: (source: SourceContext, options: any) => AsyncGenerator<any>, options = z.looseObject({}) as z.ZodType): Strategy<any> {
  return { name: 'own', options: options as Strategy['options'], discover: (given, source) => discover(source, given) };
}

test('a cursor comes after the candidates that it covers, and before the next', async () => {
  const strategy = strategyThat(async function* (source) {
    yield { key: 'a', data: 1 };
    yield { key: 'b', data: 2 };
    source.saveCursor({ page: 1 });
    yield { key: 'c', data: 3 };
    source.saveCursor({ page: 2 });
  });
  const { steps } = await poll(worldOf({ strategy }));
  expect(steps.map((step) => ('cursor' in step ? step.cursor : step.candidate.key))).toEqual(['a', 'b', '{"page":1}', 'c', '{"page":2}']);
});

test('a strategy goes on from the cursor that was stored', async () => {
  const outputs = [outputRow(1, 'a', { score: 1 }), outputRow(2, 'b', { score: 2 })];
  const world = worldOf({ strategy: strategies.tracker_query, options: { job: 'upstream' }, outputs });
  const first = await poll(world);
  expect(first.candidates.map(({ key }) => key)).toEqual(['a', 'b']);
  world.cursor = first.cursors.at(-1);
  expect((await poll(world)).candidates).toEqual([]);
});

test('a variable in an option is expanded when it is used, also deep inside', async () => {
  const strategy = strategyThat(async function* (_, options) { yield { key: 'options', data: options }; });
  const options = { url: 'https://${HOST}/${PATH:-feed}', tags: ['${HOST}', 7], nested: { plain: '$${HOST}' } };
  const { candidates } = await poll(worldOf({ strategy, options, env: { HOST: 'example.com' } }));
  expect(candidates[0]!.data).toEqual({ url: 'https://example.com/feed', tags: ['example.com', 7], nested: { plain: '${HOST}' } });
});

test('a missing variable ends the poll with its name', async () => {
  const world = worldOf({ strategy: strategies.npm_lockfile, options: { file: '${LOCK}' } });
  await expect(poll(world)).rejects.toThrow(/job "watch": the options of npm_lockfile cannot be used: LOCK is not set/);
});

test('an abort frees what the strategy holds, also when nobody asks for the next candidate', async () => {
  const told: string[] = [];
  const stop = abortable();
  const world = worldOf({ strategy: tellingStrategy(['a', 'b'], told) });
  const finding = world.sources.poll(world.job, stop.signal);
  await finding.next();
  expect(told).toEqual(['yields a']);
  stop.abort();
  await Promise.resolve();
  expect(told).toEqual(['yields a', 'cleans up']);
});

test('nothing comes out after an abort, also when a cursor was handed over last', async () => {
  const strategy = strategyThat(async function* (source) {
    source.saveCursor(1);
    yield { key: 'late', data: null };
  });
  const stop = abortable();
  const world = worldOf({ strategy });
  const finding = world.sources.poll(world.job, stop.signal);
  expect(await finding.next()).toEqual({ done: false, value: { cursor: '1' } });
  stop.abort();
  expect(await finding.next()).toEqual({ done: true, value: undefined });
});

test('closing the poll frees what the strategy holds', async () => {
  const told: string[] = [];
  const world = worldOf({ strategy: tellingStrategy(['a', 'b'], told) });
  for await (const _ of world.sources.poll(world.job, abortable().signal)) break;
  expect(told).toEqual(['yields a', 'cleans up']);
});

test('a request of the strategy ends with the poll', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  const asked = new Promise<void>((resolve) => server.once('request', () => resolve()));
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const strategy = strategyThat(async function* (source) {
    await source.http.get(`http://127.0.0.1:${port}/`);
    yield { key: 'never', data: null };
  });
  const stop = abortable();
  const world = worldOf({ strategy, web: localWeb(realClock) });
  const next = world.sources.poll(world.job, stop.signal).next();
  await asked;
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

test('what a strategy throws ends the poll as it is', async () => {
  const failure = new Error('the feed is gone');
  const strategy = strategyThat(async function* () { throw failure; });
  await expect(poll(worldOf({ strategy }))).rejects.toBe(failure);
});

test.each([
  [{ key: '', data: 1 }, /own yielded the key ""/],
  [{ key: 7, data: 1 }, /own yielded the key 7/],
  [{ key: 'a', data: 1, priority: Number.NaN }, /"a" with the priority NaN/],
  [{ key: 'a' }, /"a" with data that is no JSON/],
  [{ key: 'a', data: 1n }, /"a" with data that is no JSON/],
])('a candidate that cannot be stored is refused with the name of the strategy: %o', async (candidate, message) => {
  const strategy = strategyThat(async function* () { yield candidate; });
  await expect(poll(worldOf({ strategy }))).rejects.toThrow(message);
});

test('a job says which jobs it reads from', () => {
  const chained = worldOf({ strategy: strategies.tracker_query, options: { job: '${UP}' }, env: { UP: 'dependency_watch' } });
  expect(chained.sources.upstream(chained.job)).toEqual(['dependency_watch']);
  const alone = worldOf({ strategy: strategies.manual });
  expect(alone.sources.upstream(alone.job)).toEqual([]);
  const unset = worldOf({ strategy: strategies.tracker_query, options: { job: '${UP}' } });
  expect(unset.sources.upstream(unset.job)).toEqual([]);
});

test('an unknown strategy is named, with those that there are', async () => {
  const { sources, job } = worldOf({ strategy: strategies.manual });
  const lost = { ...job, discovery: { ...job.discovery, strategy: 'manuel' } };
  await expect(poll({ sources, job: lost })).rejects.toThrow('job "watch": unknown strategy "manuel"; known are manual');
});
