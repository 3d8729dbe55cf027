/** Models and money together, in a runner as its user starts it, against a server that speaks the protocol. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { CostsView, Explanation, StatusView } from '../../inspector/protocol.ts';
import { jobctlEach, jobctlHere } from '../support/jobctl.ts';
import { says } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

/** A call may cost $0.10 and a little for what it is asked, and does cost $0.05. */
const PRICE = '{ input: 0, output: 1000 }';
const handler = `
import { handler, stage } from 'rivus';
const score = stage({ run: ({ item, ctx }) => ctx.llm.text({ model: 'fast', prompt: 'Score it.', input: item, maxOutputTokens: 100 }) });
export default handler({ stages: { score } });
`;

test('a job that asks models stops before its limit would be passed, is no soft one, and goes on when the limit is raised', async () => {
  const server = await openAi(says('fine', { prompt_tokens: 10, completion_tokens: 50 }));
  const folder = tempFolder({
    'jobs.yaml': `models: { fast: { model: gpt-test, base_url: '${server.url}', price: ${PRICE} } }
jobs:
  calls:
    handler: ./handlers/calls.ts
    discovery: { strategy: manual, every: 1h }
    stages: [{ name: score, concurrency: 8 }]
    guards: { daily_cost_limit: $0.32 }
`,
    'handlers/calls.ts': handler,
  });
  const runner = new RunnerProcess(folder);
  await runner.said(/Rivus runs/);
  const items = Array.from({ length: 12 }, (_, n) => JSON.stringify({ key: `k${n}`, data: { n } })).join('\n');
  writeFileSync(path.join(folder, 'items.ndjson'), items);
  await jobctlEach(runner.dataDir, [['add', 'calls', '--ndjson', path.join(folder, 'items.ndjson')]]);

  const held = await until(runner, ({ holds, stages }) => holds.some(({ cause }) => cause === 'budget') && stages[0]!.running === 0);
  expect(held).toMatchObject({ costToday: 0.25, reservedToday: 0, softLimit: false, unpricedToday: 0, reason: 'budget: $0.25 of $0.32' });
  expect(server.asked).toHaveLength(5);
  const [why, costs] = await jobctlEach(runner.dataDir, [['why', 'calls', '--json'], ['costs', '--by', 'model', '--json']]);
  expect(why!.json<{ explanations: Explanation[] }>().explanations[0]).toMatchObject({ cause: 'budget', clearsItself: true, todo: ['npx jobctl reload'] });
  expect(costs!.json<CostsView>().costs).toMatchObject([{ model: 'gpt-test', calls: 5, costUsd: 0.25 }]);

  writeFileSync(path.join(folder, 'jobs.yaml'), readFileSync(path.join(folder, 'jobs.yaml'), 'utf8').replace('$0.32', '$5'));
  await jobctlEach(runner.dataDir, [['reload']]);
  const done = await until(runner, ({ stages }) => stages[0]!.done === 12);
  expect(done).toMatchObject({ costToday: 0.6, holds: [] });
  expect(server.asked).toHaveLength(12);
  expect(await runner.stop()).toBe(0);
}, 90_000);

/** How the job stands, as soon as it does so. */
async function until({ dataDir }: RunnerProcess, isSo: (job: StatusView['jobs'][number]) => boolean): Promise<StatusView['jobs'][number]> {
  for (;;) {
    const [job] = (await jobctlHere(dataDir, ['status', 'calls', '--json'])).json<StatusView>().jobs;
    if (isSo(job!)) return job!;
  }
}
