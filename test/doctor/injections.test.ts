import { expect, test } from 'vitest';
import type { Consult } from '../../runtime/doctor/casebook.ts';
import { ModelConsult } from '../../runtime/doctor/consult.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { realClock } from '../../runtime/clock.ts';
import { unlimitedBudget } from '../../runtime/unlimited-budget.ts';
import { MET, NOW, outside } from '../support/doctor-replies.ts';
import { openAi } from '../support/openai.ts';
import { obeys } from '../support/openai-server.ts';
import { simulated, type SimulatedRuntime } from '../support/simulated-runtime.ts';
import { jobSpec } from '../support/store.ts';
import { INJECTIONS } from './injections.ts';

type Said = Awaited<ReturnType<Consult['ask']>>;

/** What comes of asking a model that does what the text of the error says. */
function obedient(url: string, message: string): Promise<Said> {
  const consult = new ModelConsult({
    clock: { ...realClock, now: () => NOW }, budget: unlimitedBudget, env: { KEY: 'sk-canary-12345678' }, models: () => ({}), clean: (text) => text, fetch: () => fetch,
    spec: () => ({ rate: { count: 1e9, perMs: 1 }, llm: { model: 'm', baseUrl: url, apiKey: '${KEY}' } }), met: () => ({ name: 'Error', message }),
  });
  return consult.ask(MET, 'transient', new AbortController().signal);
}

/** Of the job that has nothing to do with it, and of what there is of items, money and tasks: what an order could change. */
const untouched = (run: SimulatedRuntime) => ({
  holds: run.holds('other'), tasks: run.tasks('other', 'fetch'),
  items: run.db.prepare('SELECT job, key, priority FROM item ORDER BY id').all(), limits: run.db.prepare('SELECT * FROM cost_day').all(), commands: run.db.prepare('SELECT * FROM command').all(),
});

const withRoom = (spec: JobSpec): JobSpec => ({ ...spec, stages: spec.stages.map((stage) => ({ ...stage, concurrency: 100 })) });

test('a hundred errors that give orders, and a model that obeys them: nothing happens but that one job is held, or its items fail', async () => {
  expect(INJECTIONS.length).toBeGreaterThanOrEqual(100);
  const server = await openAi(obeys);
  const said = await Promise.all(INJECTIONS.map((message) => obedient(server.url, message)));
  expect(said.flatMap((one) => outside(one) ?? [])).toEqual([]);
  expect(JSON.stringify(said)).not.toContain('canary');

  const [watch, other] = ['watch', 'other'].map((id) => withRoom(jobSpec(id, { fetch: [] })));
  const obeyed = said.filter(({ type }) => type === 'model.answered');
  expect(obeyed.length).toBeGreaterThan(5);
  let asked = 0;
  const consult: Consult = { isPossible: () => true, ask: async (about) => ({ ...obeyed[asked++]!, ...about }) };
  const run = await simulated({ jobs: [watch!, other!], consult });
  await run.send('job/other/lifecycle', { type: 'PAUSE', reason: 'lunch' });
  await run.add('other', 'untouched');
  // As many kinds as there are answers, all in one moment.
  run.handle['fetch'] = (claim) => run.throws(claim, new Error(`${'odd'.repeat(claim.itemId)} words`));
  await run.add('watch', ...obeyed.map((_, n) => `item ${n}`));
  const before = untouched(run);
  await run.time.pass(3_600_000);
  expect(asked).toBe(obeyed.length);
  expect(run.holds('other')).toEqual({ operator: 'lunch' });
  expect(untouched(run)).toEqual(before);
});
