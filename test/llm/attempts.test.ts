/** `ctx.llm` as attempts have it, in the runner's thread and in one of its own; what of a model is part of a stage's version. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../runtime/clock.ts';
import { modelSpecs } from '../../runtime/config/model.ts';
import { noModels } from '../../runtime/llm/models.ts';
import type { LlmCall } from '../../runtime/store/types.ts';
import { handlerOf, handlersIn } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { answers, hears, says, stalls, unauthorized, type OpenAiServer } from '../support/openai-server.ts';
import { openAi } from '../support/openai.ts';

const KEY = 'sk-very-secret-1234';

async function stageOf(where: 'inline' | 'thread', server: OpenAiServer, body: string) {
  const calls: LlmCall[] = [];
  const specs = { now: modelSpecs({ fast: { model: 'm1', base_url: server.url, api_key: '${KEY}', price: { input: 1, output: 10 } } }) };
  const llm = { ...noModels, specs: () => specs.now, ledger: { noteCall: async (call: LlmCall) => void calls.push(call) } };
  const at = handlersIn({ 'handlers/job.ts': handlerOf(body, { stage: "uses: ['fast']," }) }, { work: [] }, { clock: realClock, web: localWeb(realClock), env: { KEY }, llm });
  onTestFinished(() => at.handlers.close());
  at.specs[0]!.stages[0]!.isolate = where;
  await at.prepare('work');
  return { ...at, calls, specs };
}

describe.each(['inline', 'thread'] as const)('%s', (where) => {
  test('text, objects and recordings; what they cost is the attempt’s, with what the handler adds', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 1 };
    const server = await openAi(says('Hello', usage), answers({ n: 3 }, usage), hears('said', { usage: { type: 'duration', seconds: 6 } }));
    const at = await stageOf(where, server, `
      ctx.cost.add(0.5);
      const text = await ctx.llm.text({ model: 'fast', prompt: 'a', input: { x: 1 } });
      const object = await ctx.llm.object({ model: 'fast', prompt: 'b', schema: z.object({ n: z.number() }) });
      const heard = await ctx.llm.transcribe({ bytes: new Uint8Array([1, 2]), name: 'a.mp3' }, { model: 'fast' });
      return { text, object, heard, configured: ctx.llm.configured };`);
    const { outcome, costMicroUsd } = await at.run('work');
    expect(outcome).toEqual({ kind: 'done', output: JSON.stringify({ text: 'Hello', object: { n: 3 }, heard: { text: 'said', seconds: 6 }, configured: true }) });
    expect(costMicroUsd).toBe(500_000 + 20 + 20);
    expect(at.calls.map(({ kind, stage, itemId, microUsd }) => [kind, stage, itemId, microUsd])).toEqual([['text', 'work', 1, 20], ['object', 'work', 1, 20], ['transcribe', 'work', 1, 0]]);
  });

  test('what the provider says is wrong can be caught, with its facts and without the key', async () => {
    const at = await stageOf(where, await openAi(unauthorized), `
      try { await ctx.llm.text({ model: 'fast', prompt: 'a' }); } catch ({ name, status, code, message }) { return { name, status, code, message }; }`);
    const { outcome } = await at.run('work');
    expect(outcome).toMatchObject({ output: expect.stringContaining('"name":"ModelError","status":401,"code":"invalid_api_key"') });
    expect(JSON.stringify(outcome)).not.toContain(KEY);
  });

  test('a key that is not set holds the job', async () => {
    const at = await stageOf(where, await openAi(says('x')), 'return [ctx.llm.configured, await ctx.llm.text({ prompt: "a" })];');
    const { outcome } = await at.run('work');
    expect(outcome.kind).toBe('done');
    const without = handlersIn({ 'handlers/job.ts': handlerOf('if (ctx.llm.configured) return 1; await ctx.llm.text({ prompt: "a" });') }, { work: [] }, { clock: realClock, llm: { ...noModels, specs: () => modelSpecs({ fast: 'gpt-4o-mini' }) } });
    onTestFinished(() => without.handlers.close());
    without.specs[0]!.stages[0]!.isolate = where;
    await without.prepare('work');
    expect((await without.run('work')).outcome).toMatchObject({ class: 'systemic', error: { name: 'LlmNotConfigured', message: expect.stringContaining('OPENAI_API_KEY') } });
  });

  test('an attempt that is cut off ends its call, which has cost the most that it can', async () => {
    const server = await openAi(stalls);
    const at = await stageOf(where, server, 'return await ctx.llm.text({ prompt: "a", maxOutputTokens: 10 });');
    const stopping = new AbortController();
    const running = at.run('work', {}, stopping.signal);
    await server.wasAsked(1);
    stopping.abort(new DOMException('over time', 'TimeoutError'));
    expect((await running).outcome).toMatchObject({ kind: 'failed', class: 'transient' });
    expect(at.calls).toMatchObject([{ assumed: true, microUsd: 181 }]);
    await server.wasLeft();
  });

  test('another model under the same name is another version; another price or key is none', async () => {
    const at = await stageOf(where, await openAi(says('x')), 'return 1;');
    const before = at.version('work');
    const fast = at.specs.now['fast']!;
    const versionWith = async (change: object) => {
      at.specs.now = { fast: { ...fast, ...change } };
      await at.prepare('work');
      return at.version('work');
    };
    expect(await versionWith({ price: { input: 9, output: 9 }, apiKey: '${OTHER}', maxOutputTokens: 5 })).toEqual(before);
    const after = await versionWith({ model: 'm2' });
    expect({ ...after, model: '' }).toEqual({ ...before, model: '' });
    expect(after.model).not.toBe(before.model);
  });
});
