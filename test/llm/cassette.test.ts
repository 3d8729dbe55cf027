import fs from 'node:fs';
import path from 'node:path';
import { handler, stage, z } from 'rivus';
import { runStage } from 'rivus/test';
import { afterEach, expect, test } from 'vitest';
import { answers, fails, hears } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';
import { tempFolder } from '../support/temp.ts';

const KEY = 'sk-very-secret-1234';
const before = process.env.RIVUS_CASSETTE;
afterEach(() => {
  if (before === undefined) delete process.env.RIVUS_CASSETTE;
  else process.env.RIVUS_CASSETTE = before;
});

const work = stage({
  uses: ['fast'],
  async run({ item, ctx }) {
    const { n } = await ctx.llm.object({ model: 'fast', prompt: 'Count.', input: item, schema: z.object({ n: z.number() }) });
    const { text } = await ctx.llm.transcribe({ bytes: new Uint8Array([1, 2, 3]), name: 'a.mp3' }, { model: 'fast' });
    return { n, text };
  },
});
const counting = handler({ stages: { work } });

test('what models answered is recorded without keys, and replayed without a key and a network; it costs what it cost', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 2 };
  const server = await openAi(answers({ n: 7 }, usage), hears(`they said ${KEY}`, { usage: { type: 'duration', seconds: 3 } }));
  const cassette = path.join(tempFolder({}), 'tape.yaml');
  const models = { fast: { model: 'm', base_url: server.url, api_key: '${KEY}', price: { input: 1, output: 1 } } };
  const run = (mode: 'record' | 'replay' | 'auto', env: Record<string, string> = {}, item: unknown = ['a']) => {
    process.env.RIVUS_CASSETTE = mode;
    return runStage(counting, 'work', { item, models, cassette, env });
  };
  const recorded = await run('record', { KEY });
  expect(recorded.outcome).toMatchObject({ kind: 'done' });
  const text = fs.readFileSync(cassette, 'utf8');
  expect(text).toContain('/v1/chat/completions');
  expect(text).not.toContain(KEY);

  const replayed = await run('replay');
  expect(replayed.output).toEqual({ n: 7, text: 'they said REDACTED' });
  expect([replayed.cost, recorded.cost]).toEqual([12 / 1e6, 12 / 1e6]);
  expect((await run('auto')).output).toEqual(replayed.output);
  expect(server.asked).toHaveLength(2);

  const other = await run('replay', {}, ['b']);
  expect(other.outcome).toMatchObject({ class: 'item_specific', error: { name: 'CassetteMiss', message: expect.stringContaining('it has it with another body') } });
  expect(other.calls).toMatchObject([{ microUsd: 0 }]);
});

test('refusals are recorded and replayed as well, with what they say', async () => {
  const server = await openAi(fails(401, { message: `Incorrect API key provided: ${KEY}`, code: 'invalid_api_key' }));
  const cassette = path.join(tempFolder({}), 'tape.yaml');
  const run = (mode: string) => {
    process.env.RIVUS_CASSETTE = mode;
    return runStage(counting, 'work', { item: 1, models: { fast: { model: 'm', base_url: server.url, api_key: '${KEY}' } }, cassette, env: { KEY } });
  };
  for (const mode of ['record', 'replay']) expect((await run(mode)).outcome).toMatchObject({ class: 'systemic', error: { name: 'ModelError', code: 'invalid_api_key', facts: { status: 401 } } });
  expect(fs.readFileSync(cassette, 'utf8')).not.toContain(KEY);
  expect(server.asked).toHaveLength(1);
});
