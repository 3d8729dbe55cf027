import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArtifactFiles } from '../../runtime/artifact-files.ts';
import { createArtifacts } from '../../runtime/artifacts.ts';
import type { RetentionSpec } from '../../machines/spec.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { looks, Retention, type Removed } from '../../runtime/retention.ts';
import { systemAt } from '../../runtime/travel/then.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { done, failed, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const DAY = 24 * 3_600_000;
const WEEK: RetentionSpec = { journal: { ageMs: 7 * DAY, rows: 100_000 }, attemptsMs: 7 * DAY, logs: { ageMs: 7 * DAY, attempts: 1_000 }, outputsMs: 7 * DAY, artifactsMs: 7 * DAY, commandsMs: 7 * DAY, http: { ageMs: 7 * DAY, bytes: 10_000 }, llm: { ageMs: 7 * DAY, bytes: 10_000 }, config: { ageMs: 7 * DAY, revisions: 100 } };
/** Nobody looks every few seconds whether a stage is stalled: months would take minutes. */
const hourly = { discovery: { strategy: 'manual', everyMs: 3_600_000, options: {} }, restart: { max: 5, withinMs: 60_000, stalledAfterMs: 30 * DAY } };

function world(run: SimulatedRuntime, spec: RetentionSpec = WEEK, folder = tempFolder()) {
  const { clock, store } = run.alive;
  const quiet = () => {};
  return { clock, log: { debug: quiet, info: quiet, warn: quiet, error: quiet }, prune: store.prune, files: new ArtifactFiles(folder, () => Date.now()), spec: () => spec };
}

/** A whole round at once; what went, by kind. */
function round(run: SimulatedRuntime, spec?: RetentionSpec, folder?: string): Partial<Removed> {
  const removed: Partial<Removed> = {};
  for (const [what, n] of looks(world(run, spec, folder))) if (n > 0) removed[what] = (removed[what] ?? 0) + n;
  return removed;
}

const count = (run: SimulatedRuntime, table: string) => run.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
const pages = (run: SimulatedRuntime) => run.db.pragma('page_count', { simple: true }) as number;

describe('the journal', () => {
  test('stays level over months, and every actor still replays to what it is', { timeout: 60_000 }, async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly), jobSpec('other', { fetch: [] }, hourly)] });
    const months: { entries: number; pages: number }[] = [];
    for (let day = 1; day <= 120; day++) {
      await run.time.pass(DAY);
      round(run);
      if (day % 30 === 0) months.push({ entries: count(run, 'journal'), pages: pages(run) });
    }
    const [first, ...later] = months;
    for (const month of later) {
      expect(month.entries).toBeLessThanOrEqual(first!.entries + 20);
      expect(month.pages).toBeLessThanOrEqual(first!.pages + 2);
    }
    expect(replayAll(run.db).filter(({ ok }) => !ok)).toEqual([]);
    const [oldest] = run.db.prepare<[number], { seq: number }>('SELECT min(seq) AS seq FROM journal WHERE at > ?').all(run.time.now - 6 * DAY);
    expect(systemAt(run.db, oldest!.seq).actors.map(({ path }) => path)).toContain('job/watch/discovery');
  });

  test('keeps the newest so many entries, and what happened in them', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
    await run.time.pass(10 * DAY);
    await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
    await run.time.pass(10 * DAY);
    const newest = run.alive.store.journal.read().slice(-100).map(({ seq, event }) => [seq, event]);
    expect(round(run, { ...WEEK, journal: { ageMs: 365 * DAY, rows: 100 } }).journal).toBeGreaterThan(300);
    const kept = run.alive.store.journal.read().map(({ seq, event }) => [seq, event]);
    expect(kept).toEqual(expect.arrayContaining(newest.slice(1)));
    expect(kept.length).toBeLessThan(110);
    expect(round(run, { ...WEEK, journal: { ageMs: 365 * DAY, rows: 100 } }).journal).toBeUndefined();
  });

  test('of an actor that is gone is forgotten whole', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly), jobSpec('gone', { fetch: [] }, hourly)] });
    await run.reload(jobSpec('watch', { fetch: [] }, hourly));
    await run.time.pass(8 * DAY);
    round(run);
    expect(run.alive.store.journal.read().filter(({ path }) => path.startsWith('job/gone'))).toEqual([]);
  });

  test('begins in the stored state where today’s machine goes another way than the one that lived it', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
    await run.send('job/watch/lifecycle', { type: 'RESUME', force: false });
    await run.send('job/watch/lifecycle', { type: 'DRAIN' });
    const pause = run.journal('job/watch/lifecycle').find(({ type }) => type === 'PAUSE')!;
    run.db.prepare(`UPDATE journal SET event = json_set(event, '$.type', 'NOTHING') WHERE seq = ?`).run(pause.seq);
    run.db.prepare(`DELETE FROM journal WHERE path = 'job/watch/lifecycle' AND type = 'RESUME'`).run();
    run.db.prepare(`UPDATE journal SET state = 'another' WHERE seq = ?`).run(pause.seq);
    round(run, { ...WEEK, journal: { ageMs: 365 * DAY, rows: run.alive.store.journal.lastSeq() - pause.seq } });
    const [beginning, ...rest] = run.journal('job/watch/lifecycle');
    expect([beginning!.type, JSON.parse(beginning!.event).input.resumed.value, rest]).toEqual(['xstate.init', { pause: 'running', drain: 'drained' }, []]);
  });

  test('survives a restart after it was shortened', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    await run.send('job/watch/lifecycle', { type: 'PAUSE', reason: 'lunch' });
    await run.time.pass(20 * DAY);
    round(run);
    const seq = run.alive.store.journal.lastSeq();
    run.kill();
    await run.boot();
    expect(run.holds('watch')).toEqual({ operator: 'lunch' });
    expect(run.alive.store.journal.lastSeq()).toBeGreaterThan(seq);
  });
});

describe('attempts and outputs', () => {
  test('that count stay whatever their age, the others go', async () => {
    let n = 0;
    const run = await simulated({
      jobs: [jobSpec('watch', { fetch: [] }, hourly)],
      handle: { fetch: ({ key, attempt }) => (key === 'bad' ? failed('item_specific') : attempt < 2 && key === 'late' ? failed('transient') : done(JSON.stringify({ n: ++n }))) },
    });
    await run.add('watch', 'good', 'late', 'bad');
    await run.time.pass(DAY);
    await run.edit({ verb: 'reprocess', job: 'watch' });
    await run.time.pass(8 * DAY);
    expect([count(run, 'output'), count(run, 'attempt')]).toEqual([4, 3]);
    expect(round(run)).toMatchObject({ attempts: 2, outputs: 2 });
    expect([count(run, 'output'), count(run, 'attempt')]).toEqual([2, 1]);
    expect(run.task('watch', 'bad', 'fetch').attempts).toHaveLength(1);
    expect(run.alive.store.outputs.ofStage('watch', 'fetch').map(({ key }) => key)).toEqual(['good', 'late']);
  });

  test('that are young stay', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    await run.add('watch', 'a');
    await run.edit({ verb: 'reprocess', job: 'watch' });
    await run.time.pass(6 * DAY);
    expect(round(run).outputs).toBeUndefined();
  });
});

describe('artifacts', () => {
  const longAgo = (file: string) => fs.utimesSync(file, 1, 1);
  const fileOf = (folder: string, hash: string) => path.join(folder, 'artifacts', hash.slice(0, 2), hash.slice(2));

  /** `old` was replaced by `now` eight days ago; both were written long ago. */
  async function replaced() {
    const folder = tempFolder();
    const artifacts = createArtifacts(folder);
    const [old, now] = [await artifacts.write('page.html', 'old'), await artifacts.write('page.html', 'now')];
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)], handle: { fetch: ({ attempt }) => done(String(attempt)) } });
    await run.add('watch', 'a');
    await run.edit({ verb: 'reprocess', job: 'watch' });
    await run.time.pass(8 * DAY);
    run.db.prepare(`INSERT INTO artifact (hash, bytes, media, at) VALUES (?, 3, 'text/html', 0), (?, 3, 'text/html', 0)`).run(old.hash, now.hash);
    const use = run.db.prepare('INSERT INTO artifact_use (item_id, stage_id, lease, name, hash) SELECT item_id, stage_id, lease, ?, ? FROM output WHERE attempt = ?');
    use.run('page.html', old.hash, 1);
    use.run('page.html', now.hash, 2);
    for (const { hash } of [old, now]) longAgo(fileOf(folder, hash));
    return { run, folder, artifacts, old, now };
  }

  test('that nobody refers to go with their rows; those in use stay', async () => {
    const { run, folder, artifacts, old, now } = await replaced();
    expect(round(run, WEEK, folder)).toMatchObject({ outputs: 1, artifacts: 1 });
    expect(fs.existsSync(fileOf(folder, old.hash))).toBe(false);
    expect(String(await artifacts.read(now.hash))).toBe('now');
    expect(run.db.prepare('SELECT hash FROM artifact').pluck().all()).toEqual([now.hash]);
  });

  test('that an attempt has just written again stay, for it is still to be recorded', async () => {
    const { run, folder, artifacts, old } = await replaced();
    await artifacts.write('page.html', 'old');
    round(run, WEEK, folder);
    expect(String(await artifacts.read(old.hash))).toBe('old');
  });

  test('files that a crash left without a row go when they are old, halves of files too', async () => {
    const { run, folder, artifacts } = await replaced();
    const [old, young] = [await artifacts.write('a', 'left behind'), await artifacts.write('b', 'just written')];
    const half = path.join(path.dirname(fileOf(folder, old.hash)), '.123-4.tmp');
    fs.writeFileSync(half, 'half');
    [fileOf(folder, old.hash), half].forEach(longAgo);
    round(run, WEEK, folder);
    expect([fileOf(folder, old.hash), half, fileOf(folder, young.hash)].map((file) => fs.existsSync(file))).toEqual([false, false, true]);
  });

  test('a file that was moved aside when the process died comes back if it is known', async () => {
    const { run, folder, artifacts, now } = await replaced();
    fs.renameSync(fileOf(folder, now.hash), `${fileOf(folder, now.hash)}.gone`);
    round(run, WEEK, folder);
    expect(String(await artifacts.read(now.hash))).toBe('now');
  });
});

describe('earlier texts of jobs.yaml', () => {
  const numbers = (run: SimulatedRuntime) => run.db.prepare('SELECT id FROM config_revision ORDER BY id').pluck().all();

  test('go when another took their place long ago; the one in force stays whatever its age', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    const { configRevisions } = run.alive.store;
    for (const text of ['a', 'b', 'c']) {
      configRevisions.add(text, run.time.now);
      await run.time.pass(5 * DAY);
    }
    const [a, b, c] = numbers(run).slice(-3);
    expect(round(run).revisions).toBe(1); // `a`, since ten days: `b` has been out of force for five
    expect(numbers(run)).toEqual([b, c]);
    expect(numbers(run)).not.toContain(a);
    await run.time.pass(400 * DAY);
    round(run);
    expect(numbers(run)).toEqual([c]);
    expect(configRevisions.add('d', run.time.now).id).toBe(Number(c) + 1);
  });

  test('are at most so many, however fast they came', async () => {
    const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
    for (let n = 0; n < 1_000; n++) run.alive.store.configRevisions.add(`text ${n}`, run.time.now);
    const newest = numbers(run).slice(-3);
    expect(round(run, { ...WEEK, config: { ageMs: 365 * DAY, revisions: 3 } }).revisions).toBeGreaterThan(900);
    expect(numbers(run)).toEqual(newest);
    expect(run.alive.store.configRevisions.latest()!.text).toBe('text 999');
  });
});

test('messages and incidents that are over go when they are old; what waits to be told, and what is amiss, stays', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
  const incident = (id: string, endedAt: number | null) => ({ incident: { id, group: id, risk: 'high' as const, jobs: ['watch'], cause: 'guard', reason: 'no', openedAt: run.time.now, endedAt } });
  const message = (id: string, state: 'sent' | 'waiting') => ({ notification: { id, incident: 'over', target: 'phone', kind: 'opened' as const, risk: 'high' as const, state, tries: 1, writtenAt: run.time.now, dueAt: 0, doneAt: null, reason: null } });
  for (const notice of [incident('over', run.time.now), incident('open', null), message('a', 'sent'), message('b', 'waiting')]) run.alive.store.notices.note(notice);
  await run.time.pass(6 * DAY);
  expect(round(run).notices).toBeUndefined();
  await run.time.pass(2 * DAY);
  expect(round(run).notices).toBe(2);
  expect([run.db.prepare('SELECT id FROM incident').pluck().all(), run.db.prepare('SELECT id FROM notification').pluck().all()]).toEqual([['open'], ['b']]);
});

test('each look is small, so that nobody waits for it', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
  await run.time.pass(40 * DAY);
  const steps = [...looks(world(run))];
  expect(Math.max(...steps.map(([, n]) => n))).toBeLessThanOrEqual(200);
  expect(steps.filter(([what, n]) => what === 'journal' && n > 0).length).toBeGreaterThan(3);
});

test('the runner does it by itself, look after look, and can be stopped between two', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
  await run.time.pass(20 * DAY);
  const before = count(run, 'journal');
  const waiting = run.time.waiting;
  const retention = new Retention(world(run));
  await run.time.pass(59_999);
  expect(count(run, 'journal')).toBe(before);
  await run.time.pass(60);
  const after = count(run, 'journal');
  expect(after).toBeLessThan(before);
  retention.close();
  await run.time.pass(120_000);
  expect([count(run, 'journal'), run.time.waiting]).toEqual([after, waiting]);
});

test('what the doctor did goes when it is old and over, and kinds of errors that nobody meets any more; what somebody has said of one stays', async () => {
  const run = await simulated({ jobs: [jobSpec('watch', { fetch: [] }, hourly)] });
  const at = run.time.now;
  const { doctor } = run.alive.store;
  const action = (id: number, action: 'fail_item' | 'pause_job', endedAt: number | null) =>
    ({ action: { id, at, job: 'watch', stage: 'fetch', fingerprint: 'aaaaaaaaaaaa', class: 'systemic' as const, action, by: 'rule' as const, risk: 'high' as const, reason: 'x', costMicroUsd: 0, ms: 0, until: null, endedAt } });
  for (const note of [action(1, 'fail_item', null), action(2, 'pause_job', at), action(3, 'pause_job', null)]) doctor.note(note);
  for (const fingerprint of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']) doctor.meet({ judgement: { fingerprint, class: 'systemic' }, error: { name: 'Error', message: 'x' }, at, n: 1 });
  doctor.note({ verdict: { fingerprint: 'bbbbbbbbbbbb', class: 'transient', by: 'operator', confidence: 1, reason: 'x', model: null, costMicroUsd: 0, ms: 0, at } });
  await run.time.pass(6 * DAY);
  expect(round(run).doctor).toBeUndefined();
  await run.time.pass(2 * DAY);
  expect(round(run).doctor).toBe(3);
  expect([run.db.prepare('SELECT id FROM doctor_action').pluck().all(), run.db.prepare('SELECT fingerprint FROM fingerprint').pluck().all()]).toEqual([[3], ['bbbbbbbbbbbb']]);
});
