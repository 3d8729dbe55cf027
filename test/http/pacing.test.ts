import { describe, expect, test } from 'vitest';
import { Pacing } from '../../runtime/http/pacing.ts';
import { classify } from '../support/doctor.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

const { signal: never } = new AbortController();
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Turns as they come, each with the way to end it. */
function line(pace = { concurrency: 2, gapMs: 0 }) {
  const clock = new ManualClock();
  const pacing = new Pacing(clock);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string, job = 'a', host = 'h', signal = never) =>
    pacing.turn(host, job, pace, signal).then((end) => {
      started.push(name);
      ends.set(name, end);
    });
  const end = async (name: string) => (ends.get(name)!(), await settled());
  return { clock, pacing, started, ask, end };
}

test('so many at once, the others in order', async () => {
  const { started, ask, end } = line();
  for (const name of ['1', '2', '3', '4']) void ask(name);
  await settled();
  expect(started).toEqual(['1', '2']);
  await end('2');
  expect(started).toEqual(['1', '2', '3']);
  await end('1');
  expect(started).toEqual(['1', '2', '3', '4']);
});

test('hosts do not wait for each other', async () => {
  const { started, ask } = line({ concurrency: 1, gapMs: 1000 });
  void ask('1', 'a', 'h');
  void ask('2', 'a', 'other');
  await settled();
  expect(started).toEqual(['1', '2']);
});

test('a gap lies between two starts', async () => {
  const { clock, started, ask } = line({ concurrency: 9, gapMs: 100 });
  for (const name of ['1', '2', '3']) void ask(name);
  await settled();
  expect(started).toEqual(['1']);
  for (const [ms, so] of [[99, ['1']], [1, ['1', '2']], [99, ['1', '2']], [1, ['1', '2', '3']]] as const) {
    clock.advance(ms);
    await settled();
    expect(started).toEqual(so);
  }
  expect(clock.pending).toBe(0);
});

test('jobs take turns: the second one’s first request does not wait for all of the first one’s', async () => {
  const { started, ask, end } = line({ concurrency: 1, gapMs: 0 });
  for (const name of ['a1', 'a2', 'a3']) void ask(name, 'a');
  for (const name of ['b1', 'b2']) void ask(name, 'b');
  await settled();
  for (const name of ['a1', 'a2', 'b1', 'a3']) {
    expect(started.at(-1)).toBe(name);
    await end(name);
  }
  expect(started.at(-1)).toBe('b2');
});

test('who gives up leaves the line, and its place is nobody’s', async () => {
  const { started, ask, end } = line({ concurrency: 1, gapMs: 0 });
  const stop = new AbortController();
  void ask('1');
  const waiting = ask('2', 'a', 'h', stop.signal);
  void ask('3');
  stop.abort(new Error('the stage stops'));
  await expect(waiting).rejects.toThrow('the stage stops');
  await settled();
  await end('1');
  expect(started).toEqual(['1', '3']);
});

describe('a host that says when to come back', () => {
  test('is waited for if it is soon', async () => {
    const { clock, pacing, started, ask } = line();
    pacing.rest('h', 2000);
    void ask('1');
    clock.advance(1999);
    await settled();
    expect(started).toEqual([]);
    clock.advance(1);
    await settled();
    expect(started).toEqual(['1']);
  });

  test('is asked by nobody until then: the others fail at once, to be tried again when it is time', async () => {
    const clock = new ManualClock();
    const { url, seen } = await webServer((_request, response) => response.writeHead(503, { 'retry-after': '60' }).end());
    const http = localWeb(clock).of('watch', () => never);
    await expect(http.get(url)).rejects.toMatchObject({ status: 503, retryAfter: 60_000 });
    const error = await http.get(`${url}/other`).catch((error: Error) => error);
    expect(error).toMatchObject({ name: 'HostResting', message: `${new URL(url).host} wants no requests for another 1m` });
    expect(classify(error, NOW)).toEqual({ class: 'transient', retryAt: NOW + 60_000 });
    expect(seen).toHaveLength(1);
    clock.advance(60_000);
    await expect(http.get(url)).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(2);
  });
});

test('a host that is not the operator’s own gets four requests at once, a tenth of a second apart', async () => {
  const clock = new ManualClock();
  const { url, seen } = await webServer(() => {});
  // Allowed by its address range, not by its name.
  const http = localWeb(clock, { http: { allow_hosts: ['127.0.0.0/8'] }, lookup: async () => [{ address: '127.0.0.1', family: 4 }] }).of('watch', () => stop.signal);
  const stop = new AbortController();
  const asked = Array.from({ length: 6 }, () => http.get(url.replace('127.0.0.1', 'a.example')).catch(() => 'stopped'));
  for (let i = 0; i < 10; i++) {
    await settled();
    clock.advance(100);
  }
  while (seen.length < 4) await settled();
  await settled();
  expect(seen).toHaveLength(4);
  stop.abort();
  expect(await Promise.all(asked)).toEqual(Array(6).fill('stopped'));
});
