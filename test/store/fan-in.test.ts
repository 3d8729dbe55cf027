import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { deskWith, done, failed, jobSpec } from '../support/store.ts';

/** a → b, a → c, {c, b} → d */
const diamond = () => deskWith(jobSpec('j', { a: [], b: ['a'], c: ['a'], d: ['c', 'b'] }));
const sha256 = (...parts: (string | Buffer)[]) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

test('a stage with two needs is ready when the second of them is done', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'ready', c: 'ready', d: 'blocked' });
  expect(desk.run('j', 'b', item).readied).toEqual([]);
  expect(desk.states(item).d).toBe('blocked');
  expect(desk.run('j', 'c', item).readied).toEqual([{ job: 'j', stage: 'd' }]);
  expect(desk.states(item).d).toBe('ready');
});

test('both needs may settle in one flush', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item);
  const claims = [desk.claimOne('j', 'b', item), desk.claimOne('j', 'c', item)];
  const flushed = desk.flush({ settlements: claims.map((claim) => desk.settlement(claim, done())), claims: [desk.request('j', 'd')] });
  expect(flushed.claims).toMatchObject([{ stage: 'd', itemId: item }]);
});

test('a skipped need counts as done', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item);
  desk.run('j', 'b', item, { kind: 'skipped', reason: 'no' });
  desk.run('j', 'c', item);
  expect(desk.states(item).d).toBe('ready');
});

test('a failed need leaves those that need it blocked', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item);
  desk.run('j', 'b', item, failed('item_specific'));
  desk.run('j', 'c', item);
  expect(desk.states(item)).toEqual({ a: 'done', b: 'failed', c: 'done', d: 'blocked' });
});

test('each item has its own needs', () => {
  const desk = diamond();
  const [first, second] = desk.find('j', 'k', 'l') as [number, number];
  desk.run('j', 'a', first);
  expect(desk.states(second)).toEqual({ a: 'ready', b: 'blocked', c: 'blocked', d: 'blocked' });
});

test('a claim names what its stage was given: nothing, one hash, or the hash over all in the order of the needs', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  const [a, b, c] = ['{"a":1}', '{"b":2}', '{"c":3}'] as const;
  const first = desk.claimOne('j', 'a', item);
  expect(first.upstream).toBe('');
  desk.settle(first, { kind: 'done', output: a });
  expect(desk.claimOne('j', 'c', item).upstream).toBe(sha256(a).toString('hex'));
  desk.settle({ ...first, stage: 'c', upstream: sha256(a).toString('hex') }, { kind: 'done', output: c });
  desk.run('j', 'b', item, { kind: 'done', output: b });
  const last = desk.claimOne('j', 'd', item);
  expect(last.upstream).toBe(sha256(sha256(c), sha256(b)).toString('hex'));
  desk.settle(last, done());
  expect(desk.db.prepare('SELECT hex(upstream) FROM output ORDER BY seq').pluck().all()).toEqual(
    ['', sha256(a), sha256(a), sha256(sha256(c), sha256(b))].map((hash) => hash.toString('hex').toUpperCase()),
  );
});

test('a skipped need adds nothing to the hash, also when it had an output before', () => {
  const desk = diamond();
  const [item] = desk.find('j', 'k') as [number];
  for (const stage of ['a', 'b', 'c']) desk.run('j', stage, item, { kind: 'done', output: JSON.stringify(stage) });
  desk.edit('reprocess', 'j', { stage: 'b' });
  desk.run('j', 'b', item, { kind: 'skipped', reason: 'no' });
  expect(desk.claimOne('j', 'd', item).upstream).toBe(sha256(sha256('"c"')).toString('hex'));
});

test('the one need of a stage was skipped: its claim names no hash', () => {
  const desk = deskWith(jobSpec('j', { a: [], b: ['a'] }));
  const [item] = desk.find('j', 'k') as [number];
  desk.run('j', 'a', item, { kind: 'skipped', reason: 'no' });
  expect(desk.claimOne('j', 'b', item).upstream).toBe('');
});
