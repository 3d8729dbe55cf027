import { describe, expect, test } from 'vitest';
import { attemptOf, handlerOf, handlersIn } from '../support/handlers.ts';

const SECRET = 'hunter2/+ "x"';

/** A prepared stage `work` with this body. */
async function working(body: string, more: Parameters<typeof handlersIn>[2] = {}, parts: Parameters<typeof handlerOf>[1] = {}) {
  const at = handlersIn({ 'handlers/job.ts': handlerOf(body, parts) }, { work: [] }, more);
  await at.prepare('work');
  return at;
}

test('ctx says what is being attempted', async () => {
  const { outcome } = await attemptOf('const { job, stage, item: { id, key, priority }, attempt } = ctx; return { job, stage, id, key, priority, attempt, now: ctx.now() };', {
    itemId: 7, key: 'k', priority: -3, attempt: 4,
  });
  expect(outcome).toEqual({ kind: 'done', output: '{"job":"watch","stage":"work","id":7,"key":"k","priority":-3,"attempt":4,"now":1795521600000}' });
});

test('what is logged carries where it came from', async () => {
  const at = await working('ctx.log.info("found", { n: 2 }); const { log } = ctx; log.error("lost");');
  await at.run('work', { key: 'k', attempt: 2 });
  expect(at.lines).toEqual([
    { level: 'info', message: 'found', facts: { job: 'watch', stage: 'work', item: 'k', attempt: 2, n: 2 } },
    { level: 'error', message: 'lost', facts: { job: 'watch', stage: 'work', item: 'k', attempt: 2 } },
  ]);
});

test('an error among the facts is shown; facts that are no JSON are left out, for a line in the log must not fail an attempt', async () => {
  const at = await working('ctx.log.info("odd", { n: 1n }); ctx.log.warn("failed", { error: new RangeError("too far") });');
  expect((await at.run('work')).outcome.kind).toBe('done');
  expect(at.lines).toMatchObject([{ message: 'odd', facts: { facts: 'left out: they are no JSON' } }, { message: 'failed', facts: { error: 'RangeError: too far' } }]);
});

test('progress says how far which attempt is', async () => {
  const at = await working('ctx.progress(1); ctx.progress(2, 3, "pages");');
  await at.run('work', { itemId: 7, key: 'k' });
  expect(at.progress).toEqual([
    { job: 'watch', stage: 'work', itemId: 7, key: 'k', n: 1 },
    { job: 'watch', stage: 'work', itemId: 7, key: 'k', n: 2, total: 3, message: 'pages' },
  ]);
});

describe('secrets', () => {
  const env = { KEY: SECRET, SHORT: 'abc', LONGER: `${SECRET}-and-more`, EMPTY: '' };

  test('are read from the environment when they are used', async () => {
    const at = await working('return ctx.secret("KEY") === item.expected;', { env });
    expect((await at.run('work', { item: { expected: SECRET } })).outcome).toEqual({ kind: 'done', output: 'true' });
  });

  test.each(['NOWHERE', 'EMPTY'])('that are not set hold the job and say what to do: %s', async (name) => {
    const at = await working(`ctx.secret("${name}");`, { env });
    expect((await at.run('work')).outcome).toMatchObject({
      kind: 'failed',
      class: 'systemic',
      error: { name: 'MissingSecret', message: expect.stringMatching(`^${name} is not set: .*requires: \\{ env: \\[${name}\\] \\}`) },
    });
  });

  test.each([
    ['a failure', 'throw new Error("no: " + key);', 'no: ‹KEY›'],
    ['what is thrown in place of an error', 'throw { key };', '‹KEY›'],
    ['the cause of a failure', 'throw new Error("no", { cause: new Error(key) });', '‹KEY›'],
    ['an address in a failure', 'throw new Error("https://a.example/?key=" + encodeURIComponent(key));', 'key=‹KEY›'],
    ['JSON in a failure', 'throw new Error(JSON.stringify({ key }));', '‹KEY›'],
    ['the reason of a skip', 'return ctx.skip("no: " + key);', 'no: ‹KEY›'],
    ['the reason of a rejection', 'return ctx.reject("no: " + key);', 'no: ‹KEY›'],
    ['the reason of a delay', 'return ctx.defer("1h", "no: " + key);', 'no: ‹KEY›'],
    ['the failure of an attempt that has not read it', 'if (item.later) throw new Error(item.later);', 'no luck: ‹KEY›'],
  ])('are struck out of %s', async (_what, body, shown) => {
    const at = await working(`const key = item.later ? "" : ctx.secret("KEY"); ${body}`, { env });
    await at.run('work');
    const { outcome } = await at.run('work', body.includes('later') ? { item: { later: `no luck: ${SECRET}` } } : {});
    const text = JSON.stringify(outcome);
    expect(text).toContain(shown);
    expect(text).not.toContain('hunter2');
  });

  test('are struck out of the log and of progress', async () => {
    const at = await working('const key = ctx.secret("KEY"); ctx.log.warn("with " + key, { url: "https://a.example/" + key, list: [{ key }] }); ctx.progress(1, 2, "with " + key);', { env });
    await at.run('work');
    expect(at.lines).toEqual([{ level: 'warn', message: 'with ‹KEY›', facts: expect.objectContaining({ url: 'https://a.example/‹KEY›', list: [{ key: '‹KEY›' }] }) }]);
    expect(at.progress).toEqual([expect.objectContaining({ message: 'with ‹KEY›' })]);
  });

  test('that begin with another one leave no rest', async () => {
    const at = await working('ctx.secret("KEY"); throw new Error(ctx.secret("LONGER"));', { env });
    expect((await at.run('work')).outcome).toMatchObject({ error: { message: '‹LONGER›' } });
  });

  test('as short as a word are left alone, for they would tear holes into sentences', async () => {
    const at = await working('ctx.secret("SHORT"); throw new Error("the abc of it");', { env });
    expect((await at.run('work')).outcome).toMatchObject({ error: { message: 'the abc of it' } });
  });

});

describe('the idempotency key', () => {
  const keyOf = async (at: Awaited<ReturnType<typeof working>>, claim = {}) => ((await at.run('work', claim)).outcome as { output: string }).output;

  test('is the same for every attempt at an item, also after a restart', async () => {
    const at = await working('return ctx.idempotencyKey;');
    const first = await keyOf(at);
    expect(first).toMatch(/^"[0-9a-f]{64}"$/);
    expect(await keyOf(at, { attempt: 9, tries: 3, lease: 77 })).toBe(first);
    expect(await keyOf(await working('return ctx.idempotencyKey;'))).toBe(first);
  });

  test('is another one for another item, another version and another database', async () => {
    const at = await working('return ctx.idempotencyKey;');
    const keys = [await keyOf(at), await keyOf(at, { itemId: 2 })];
    at.write('handlers/job.ts', handlerOf('return ctx.idempotencyKey + "";', { stage: 'uses: [2],' }));
    await at.prepare('work');
    keys.push(await keyOf(at));
    const elsewhere = await working('return ctx.idempotencyKey;');
    Object.assign(elsewhere.store, { uuid: 'another-database' });
    keys.push(await keyOf(elsewhere));
    expect(new Set(keys).size).toBe(4);
  });
});

describe('outputs', () => {
  test('are all that a stage of the job has now, with the keys of their items', async () => {
    const at = await working('return ctx.outputs("work");');
    at.store.bodies.set('1/work', '{"n":1}').set('2/work', '[2]').set('2/other', '3');
    expect((await at.run('work')).outcome).toEqual({ kind: 'done', output: '[{"key":"1","output":{"n":1}},{"key":"2","output":[2]}]' });
  });

  test('of a stage that the job does not have are a mistake in the code', async () => {
    const at = await working('return ctx.outputs("wrok");');
    expect((await at.run('work')).outcome).toMatchObject({ class: 'code_bug', error: { message: 'ctx.outputs: the job "watch" has no stage "wrok", did you mean "work"?' } });
  });
});

test('a model that jobs.yaml does not name is not to be had, and the message says what to write', async () => {
  const { outcome } = await attemptOf('await ctx.llm.text({ prompt: "hi" });');
  expect(outcome).toMatchObject({ kind: 'failed', class: 'systemic', error: { name: 'LlmNotConfigured', message: expect.stringContaining('jobs.yaml names no models: write models: { default: gpt-4o-mini }') } });
});
