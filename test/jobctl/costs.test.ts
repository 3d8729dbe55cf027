import { expect, onTestFinished, test } from 'vitest';
import { costsView, type CostsView, type StatusView } from '../../inspector/protocol.ts';
import { daysIn } from '../../runtime/store/money/days.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctlHere } from '../support/jobctl.ts';
import { Desk, done, jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';

const CALENDAR = daysIn('America/Los_Angeles');
const TODAY = CALENDAR.of(Date.now());
const YESTERDAY = CALENDAR.of(CALENDAR.startOf(Date.now()) - 1);

const work = jobSpec('work', { fetch: [], score: [] }, { guards: { validate: false, dailyCostLimit: 5 } });
work.stages[1] = { ...work.stages[1]!, maxCost: 0.5, dailyCostLimit: 2 };

/** Three items of `work` and one of `other`, of which only item c is of today. */
function spent() {
  const data = tempFolder({});
  const desk = new Desk(openStore(data), work, jobSpec('other', { fetch: [] }));
  onTestFinished(() => void desk.db.close());
  const run = (job: string, stage: string, day: string, cost: number, maxCost?: number) => {
    const [claim] = desk.flush({ day, claims: [{ ...desk.request(job, stage, 1), ...(maxCost !== undefined && { maxCost }) }] }).claims;
    desk.flush({ day, settlements: [desk.settlement(claim!, done(), { cost })] });
  };
  desk.find('work', 'a', 'b', 'c');
  desk.find('other', 'a');
  for (const day of [YESTERDAY, YESTERDAY, TODAY]) run('work', 'fetch', day, 10_000);
  for (const day of [YESTERDAY, YESTERDAY]) run('work', 'score', day, 250_000, 500_000);
  run('other', 'fetch', YESTERDAY, 10_000);
  desk.flush({ day: TODAY, claims: [{ ...desk.request('work', 'score', 1), maxCost: 500_000 }] });
  const read = async (...args: string[]) => {
    const view = (await jobctlHere(data, ['costs', ...args, '--json'])).json<CostsView>();
    expect(costsView.parse(view)).toEqual(view);
    return view;
  };
  return { data, desk, read };
}

test('costs are those of today by job, with what limits them', async () => {
  const { read } = spent();
  expect(await read()).toEqual({
    by: 'job', from: TODAY, to: TODAY, tz: 'America/Los_Angeles', until: CALENDAR.endOf(Date.now()), dailyCostLimit: null,
    costs: [{ job: 'work', costUsd: 0.01, lostUsd: 0, reservedUsd: 0.5, unpriced: 0, dailyCostLimit: 5 }], total: { costUsd: 0.01, lostUsd: 0, reservedUsd: 0.5, unpriced: 0 },
  });
});

test('or by stage, by day, of one job, and of more days', async () => {
  const { read } = spent();
  expect((await read('--by', 'stage', '--days', '2')).costs.map(({ job, stage, costUsd, reservedUsd }) => [job, stage, costUsd, reservedUsd])).toEqual([['work', 'fetch', 0.03, 0], ['work', 'score', 0.5, 0.5], ['other', 'fetch', 0.01, 0]]);
  expect((await read('work', '--by', 'stage')).costs).toMatchObject([{ stage: 'fetch' }, { stage: 'score', dailyCostLimit: 2 }]);
  expect(await read('--by', 'day')).toMatchObject({ to: TODAY, costs: [{ day: TODAY, costUsd: 0.01 }, { day: YESTERDAY, costUsd: 0.53 }], total: { costUsd: 0.54 } });
  expect((await read('other', '--days', '2')).total.costUsd).toBe(0.01);
});

test('or by model, with the calls and tokens, and what was spent otherwise', async () => {
  const { desk, read } = spent();
  const call = { job: 'work', stage: 'fetch', itemId: 1, lease: 1, attempt: 1, kind: 'text' as const, alias: 'fast', model: 'small', tokensIn: 900, tokensOut: 100, tokensCached: 0, seconds: null, microUsd: 4_000, assumed: false, kept: false, outcome: 'ok', requestId: null, ms: 9, at: Date.now() };
  desk.flush({ day: TODAY, calls: [{ call }, { call }, { call: { ...call, model: 'unheard-of', microUsd: null } }, { call: { ...call, microUsd: 0, kept: true } }] });
  const { costs, total } = await read('--by', 'model');
  expect(costs.map(({ model, calls, tokensIn, tokensOut, costUsd, unpriced, reservedUsd }) => ({ model, calls, tokensIn, tokensOut, costUsd, unpriced, reservedUsd }))).toEqual([
    { model: 'small', calls: 2, tokensIn: 1_800, tokensOut: 200, costUsd: 0.008, unpriced: 0, reservedUsd: 0 },
    { model: 'unheard-of', calls: 1, tokensIn: 900, tokensOut: 100, costUsd: 0, unpriced: 1, reservedUsd: 0 },
    { costUsd: 0.002, unpriced: 0, reservedUsd: 0.5 },
  ]);
  expect(total.unpriced).toBe(1);
  // The doctor has asked one of them, and another one: that is no job's.
  const verdict = { fingerprint: '0a1b2c3d4e5f', class: 'transient' as const, by: 'model' as const, confidence: 1, reason: 'x', model: 'small', costMicroUsd: 500, ms: 9, at: Date.now() };
  desk.flush({ day: TODAY, notes: [{ verdict }, { verdict: { ...verdict, fingerprint: 'aaaaaaaaaaaa', model: 'own', costMicroUsd: 1_000 } }] });
  const named = (await read('--by', 'model')).costs.map(({ model, calls, costUsd }) => ({ model, calls, costUsd }));
  expect(named.slice(0, 2)).toEqual([{ model: 'small', calls: 3, costUsd: 0.0085 }, { model: 'own', calls: 1, costUsd: 0.001 }]);
  expect((await read('work', '--by', 'model')).costs.map(({ model }) => model)).not.toContain('own');
});

test('people read what is spent, of how much, and when the next day begins', async () => {
  const { data, desk, read } = spent();
  desk.store.declare([work, jobSpec('other', { fetch: [] })], { tz: 'America/Los_Angeles', dailyCostLimit: 20 });
  const { stdout } = await jobctlHere(data, ['costs']);
  const [head, , columns, ...rows] = stdout.trimEnd().split('\n');
  expect(head!.replace(/begins .*/, 'begins')).toBe(`$0.01 of $20.00, and $0.50 reserved: ${TODAY} in America/Los_Angeles; the next day begins`);
  expect([columns, ...rows].map((line) => line!.replace(/ +/g, ' '))).toEqual(['JOB COST OF RESERVED', 'work $0.01 $5.00 $0.50']);
  expect((await jobctlHere(data, ['item', 'c', '--json'])).json()).toMatchObject({ stages: { score: { reservedUsd: 0.5 }, fetch: { costUsd: 0.01 } } });
  desk.restart();
  expect((await read()).total).toEqual({ costUsd: 0.51, lostUsd: 0.5, reservedUsd: 0, unpriced: 0 });
});

test('a limit that what is only known afterwards may overrun is shown as soft', async () => {
  const { data } = spent();
  const { jobs } = (await jobctlHere(data, ['status', '--json'])).json<StatusView>();
  expect(jobs.find(({ id }) => id === 'work')).toMatchObject({ softLimit: true, costToday: 0.01, reservedToday: 0.5, unpricedToday: 0, dailyCostLimit: 5 });
  expect((await jobctlHere(data, ['status', 'work'])).stdout).toContain(
    '  today: $0.01 of $5.00 (soft), and $0.50 reserved for what is under way\n  the limit is soft: a stage says only afterwards what it has cost; give it a max_cost\n',
  );
});

test('slips are told', async () => {
  const { data } = spent();
  expect(await jobctlHere(data, ['costs', 'wrok'])).toMatchObject({ code: 4, stderr: expect.stringContaining('did you mean "work"') });
  expect(await jobctlHere(data, ['costs', '--by', 'month'])).toMatchObject({ code: 2 });
  expect(await jobctlHere(data, ['costs', '--days', '0'])).toMatchObject({ code: 2 });
});
