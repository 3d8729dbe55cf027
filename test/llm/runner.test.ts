/** Models as the operator has them: in a runner of its own, through restarts and changes of jobs.yaml, and what `jobctl` says of them. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ItemDetail, StatusView } from '../../inspector/protocol.ts';
import { openStore } from '../../runtime/store/open.ts';
import { jobctl } from '../support/jobctl.ts';
import { oneStage } from '../support/one-stage.ts';
import { says, slow, type OpenAiServer } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { RunnerProcess } from '../support/runner-process.ts';

const USAGE = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 500 } };
const ASK = `uses: ['fast'], run: async ({ item, ctx }) => { ctx.log.info('asks'); const text = await ctx.llm.text({ model: 'fast', prompt: 'Which?', input: ctx.item.key, maxOutputTokens: 1000 }); ctx.log.info('heard ' + text); return text; }`;

/** A job whose stage asks; `more` of the model in jobs.yaml, and of the job. */
function asking(server: OpenAiServer, { model = 'price: { input: 2, cached: 1, output: 10 }', job = '', items = ['one'] }: { model?: string; job?: string; items?: string[] } = {}): string {
  const folder = oneStage(ASK, { items });
  appendFileSync(path.join(folder, 'jobs.yaml'), `${job}models:\n  fast: { model: m1, base_url: "${server.url}"${model && `, ${model}`} }\n`);
  return folder;
}
const detail = async (runner: RunnerProcess, item = '1') => (await jobctl(runner.dataDir, ['item', item, '--json'])).json<ItemDetail>();
const settled = async (runner: RunnerProcess, is: (item: ItemDetail) => boolean) => {
  for (;;) {
    const item = await detail(runner);
    if (is(item)) return item;
  }
};

test('a call is shown with its tokens, cost and time; after a kill the same question costs nothing', async () => {
  const server = await openAi(says('the first', USAGE));
  const folder = asking(server);
  const first = new RunnerProcess(folder);
  await first.said(/heard the first/);
  const item = await settled(first, ({ stages }) => stages['only']!.state === 'done');
  expect(item.calls).toMatchObject([{ stage: 'only', attempt: 1, kind: 'text', alias: 'fast', model: 'm1', tokensIn: 1000, tokensCached: 500, tokensOut: 100, costUsd: 0.0025, assumed: false, kept: false, outcome: 'ok', requestId: 'req_1' }]);
  expect(item.stages['only']).toMatchObject({ costUsd: 0.0025 });
  first.child.kill('SIGKILL');
  await first.ended();

  const second = new RunnerProcess(folder);
  await second.said(/runs|http/);
  await jobctl(second.dataDir, ['reprocess', 'work', 'only']);
  await second.said(/heard the first/);
  const again = await settled(second, ({ attempts }) => attempts.length === 2);
  expect(again.calls!.map(({ kept, costUsd }) => [kept, costUsd])).toEqual([[false, 0.0025], [true, 0]]);
  expect(server.asked).toHaveLength(1);
  const { stdout } = await jobctl(second.dataDir, ['item', '1']);
  expect(stdout).toMatch(/CALL +MODEL +IN +CACHED +OUT +COST +TOOK +ANSWER\s+only 1 +fast \(m1\) +1000 +500 +100 +\$0\.0025 .* ok\s+only 2 +fast \(m1\) .*kept from before/);
}, 60_000);

test('killed while a model is asked: the most that the call can cost counts as lost', async () => {
  const server = await openAi(slow(says('late')));
  const runner = new RunnerProcess(asking(server));
  await server.wasAsked(1);
  runner.child.kill('SIGKILL');
  await runner.ended();
  const db = openStore(runner.dataDir, { readonly: true });
  const held = db.prepare('SELECT kind, micro_usd AS microUsd FROM cost').all();
  db.close();
  expect(held).toEqual([{ kind: 'reserve', microUsd: (6 + 16 + 'one@1.0.0'.length + 16 + 64) * 2 + 10_000 }]);
}, 60_000);

test('a call that the daily limit has no room for is not made, and the job is held by its budget', async () => {
  const server = await openAi(says('yes', USAGE));
  const runner = new RunnerProcess(asking(server, { job: '    guards: { daily_cost_limit: 0.011 }\n', items: ['one', 'two', 'three'] }));
  await runner.said(/heard yes/);
  const statusNow = async () => (await jobctl(runner.dataDir, ['status', '--json'])).json<StatusView>().jobs[0]!;
  let job = await statusNow();
  while (job.holds.length === 0) job = await statusNow();
  expect(job).toMatchObject({ state: 'paused', holds: [{ cause: 'budget', reason: expect.stringContaining('of $0.01') }] });
  expect(job.stages[0]).toMatchObject({ done: 1, failed: 0 });
  expect(server.asked).toHaveLength(1);
}, 60_000);

test('another model under the same name makes a new version, at once', async () => {
  const server = await openAi(says('yes', USAGE));
  const folder = asking(server);
  const runner = new RunnerProcess(folder);
  await runner.said(/heard yes/);
  const file = path.join(folder, 'jobs.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('m1', 'm2'));
  await runner.said(/model "fast": model m1 → m2; from the next call on/);
  await runner.said(/its code has changed/);
  await jobctl(runner.dataDir, ['reprocess', 'work', 'only']);
  await server.wasAsked(2);
  expect(server.asked.map(({ body }) => body.model)).toEqual(['m1', 'm2']);
  await settled(runner, ({ attempts }) => attempts.length === 2);
  const db = openStore(runner.dataDir, { readonly: true });
  const models = db.prepare('SELECT DISTINCT model FROM version').pluck().all();
  const bundles = db.prepare('SELECT DISTINCT bundle FROM version').pluck().all();
  db.close();
  expect([models.length, bundles.length]).toEqual([2, 1]);
}, 60_000);

test('what has no price is said: by check where it stands, by status, and by the item', async () => {
  const server = await openAi(says('yes', USAGE));
  const folder = asking(server, { model: '', job: '    guards: { daily_cost_limit: 1 }\n' });
  const runner = new RunnerProcess(folder);
  await runner.said(/heard yes/);
  await settled(runner, ({ stages }) => stages['only']!.state === 'done');
  const check = await jobctl(runner.dataDir, ['check']);
  expect(check.stderr).toMatch(/jobs\.yaml:8:\d+ .*no price is known for m1 at http:\/\/127\.0\.0\.1:\d+\/v1: its calls count as unpriced, and the daily_cost_limit of work cannot hold them/);
  expect((await jobctl(runner.dataDir, ['status'])).stdout).toContain('$1.00 (cannot hold)');
  expect((await jobctl(runner.dataDir, ['status', 'work'])).stdout).toMatch(/no known price: the limit cannot hold/);
  expect((await jobctl(runner.dataDir, ['item', '1'])).stdout).toContain('unpriced');
}, 60_000);

test('try shows the call and what it costs, asks what was paid before from the store, and keeps nothing', async () => {
  const server = await openAi(says('yes', USAGE));
  const folder = asking(server);
  const data = path.join(folder, 'data');
  const tried = await jobctl(data, ['try', 'work', 'only', '--with', '{}']);
  expect(tried.stdout).toMatch(/done in .*\$0\.0025/);
  expect(tried.stdout).toMatch(/only 1 +fast \(m1\) +1000 +500 +100 +\$0\.0025/);
  const json = (await jobctl(data, ['try', 'work', 'only', '--with', '{}', '--json'])).json<{ calls: object[] }>();
  expect(json.calls).toMatchObject([{ alias: 'fast', costUsd: 0.0025, kept: false }]);
  expect(server.asked).toHaveLength(2);
}, 60_000);

test('a job that requires a model waits for its key', async () => {
  const folder = asking(await openAi(says('yes')), { model: 'api_key: "${MODEL_TEST_KEY}"', job: '    requires: { models: [fast] }\n' });
  const runner = new RunnerProcess(folder);
  const why = async () => (await jobctl(runner.dataDir, ['status'])).stdout;
  let said = await why();
  while (!said.includes('requirement')) said = await why();
  expect(said).toContain('requirement: MODEL_TEST_KEY is not set');
  expect((await jobctl(runner.dataDir, ['diagnose'])).stdout).toContain('MODEL_TEST_KEY is not set');
}, 60_000);
