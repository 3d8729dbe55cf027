import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { handlerOf, handlersIn, MemoryLedger } from '../support/handlers.ts';
import { projectRoot } from '../support/project-files.ts';
import { tempFolder } from '../support/temp.ts';

const counting = globalThis as { rivusTestEffects?: string[] };

/** A stage whose effects note their names, on a ledger of the test's. */
async function working(body: string, ledger = new MemoryLedger()) {
  const effect = 'const effect = (name, value) => ctx.once(name, () => { globalThis.rivusTestEffects.push(name); return value; });';
  const at = handlersIn({ 'handlers/job.ts': handlerOf(`${effect} ${body}`) }, { work: [] }, { ledger });
  counting.rivusTestEffects = [];
  await at.prepare('work');
  return { ...at, ledger, effects: counting.rivusTestEffects };
}

describe('ctx.once', () => {
  test('runs its effect for the first attempt at an item, and remembers it for the others', async () => {
    const at = await working('return effect("order", { n: ctx.attempt });');
    for (let attempt = 1; attempt <= 3; attempt++) expect((await at.run('work', { attempt })).outcome).toEqual({ kind: 'done', output: '{"n":1}' });
    expect(at.effects).toEqual(['order']);
    expect((await at.run('work', { itemId: 2, attempt: 4 })).outcome).toEqual({ kind: 'done', output: '{"n":4}' });
  });

  test('tells its effects apart by name, taken out of ctx or not', async () => {
    const at = await working('const { once } = ctx; return [await once("a", () => 1), await effect("b", 2), await effect("b", 3)];');
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '[1,2,2]' });
    expect([...at.ledger.memos.keys()]).toEqual(['watch|1|work|a', 'watch|1|work|b']);
  });

  test('gives the first attempt just what later ones get: what JSON can hold', async () => {
    const at = await working('const value = await effect("a", { at: new Date(0), left: undefined }); return [typeof value.at, Object.keys(value)];');
    for (let attempt = 1; attempt <= 2; attempt++) expect((await at.run('work', { attempt })).outcome).toEqual({ kind: 'done', output: '["string",["at"]]' });
  });

  test('remembers nothing of an effect that throws', async () => {
    const at = await working('if (ctx.attempt === 1) await ctx.once("a", () => { throw new Error("no luck"); }); return effect("a", 5);');
    expect((await at.run('work')).outcome).toMatchObject({ kind: 'failed', error: { message: 'no luck' } });
    expect((await at.run('work', { attempt: 2 })).outcome).toEqual({ kind: 'done', output: '5' });
  });

  test('refuses a value that cannot be remembered, and names the place', async () => {
    const at = await working('return effect("a", { list: [1n] });');
    expect((await at.run('work')).outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: expect.stringContaining('value of ctx.once.list[0] is the BigInt 1n') } });
    expect(at.ledger.memos.size).toBe(0);
  });

  test('runs one effect when it is asked twice at once', async () => {
    const at = await working('return Promise.all([effect("a", 1), effect("a", 2)]);');
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '[1,1]' });
    expect(at.effects).toEqual(['a']);
  });

  test('returns only when the ledger says that the value is on disk', async () => {
    const committing = Promise.withResolvers<void>();
    const handedIn = Promise.withResolvers<void>();
    class SlowLedger extends MemoryLedger {
      override remember = async (key: string, value: string) => {
        handedIn.resolve();
        await committing.promise;
        this.memos.set(key, value);
      };
    }
    const at = await working('const value = await effect("a", 1); globalThis.rivusTestEffects.push("gone on"); return value;', new SlowLedger());
    const running = at.run('work');
    await handedIn.promise;
    await new Promise(setImmediate);
    expect(at.effects).toEqual(['a']);
    committing.resolve();
    expect((await running).outcome.kind).toBe('done');
    expect(at.effects).toEqual(['a', 'gone on']);
  });
});

describe('when the process is killed', () => {
  const KILL = 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});';
  const EFFECT = 'await appendFile(new URL("../../effects", import.meta.url), "effect\\n");';

  /** Attempts in processes of their own, one after the other; each with what it printed, or the signal that ended it. */
  async function attempts(body: string, count: number) {
    const root = tempFolder({ 'handlers/job.ts': handlerOf(body, { top: "import { appendFile } from 'node:fs/promises';" }) });
    const ended: unknown[] = [];
    for (let attempt = 1; attempt <= count; attempt++) ended.push(await oneAttempt(root, attempt));
    return { ended, effects: fs.readFileSync(path.join(root, 'effects'), 'utf8').trim().split('\n') };
  }

  function oneAttempt(root: string, attempt: number): Promise<unknown> {
    const script = path.join(projectRoot, 'test/fixtures/handlers/one-attempt.ts');
    return new Promise((resolve) => {
      execFile(process.execPath, [script, root, String(attempt)], (error, stdout, stderr) => resolve(error?.signal ?? (stdout ? JSON.parse(stdout) : stderr)));
    });
  }

  test('after ctx.once has returned, the effect is not repeated', async () => {
    const { ended, effects } = await attempts(`const value = await ctx.once("a", async () => { ${EFFECT} return ctx.attempt; }); if (ctx.attempt < 3) { ${KILL} } return value;`, 3);
    expect(ended).toEqual(['SIGKILL', 'SIGKILL', { kind: 'done', output: '1' }]);
    expect(effects).toEqual(['effect']);
  });

  test('between the effect and its commit, the effect is repeated: that is what the idempotency key is for', async () => {
    const { ended, effects } = await attempts(`return ctx.once("a", async () => { ${EFFECT} if (ctx.attempt === 1) { ${KILL} } return ctx.idempotencyKey; });`, 3);
    expect(ended).toEqual(['SIGKILL', { kind: 'done', output: expect.stringMatching(/^"[0-9a-f]{64}"$/) }, ended[1]]);
    expect(effects).toEqual(['effect', 'effect']);
  });
});
