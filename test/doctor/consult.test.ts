import { describe, expect, test } from 'vitest';
import { BudgetRefused, type Budget } from '../../actors/ports.ts';
import type { DoctorSpec } from '../../machines/spec.ts';
import { ModelConsult } from '../../runtime/doctor/consult.ts';
import { unlimitedBudget } from '../../runtime/unlimited-budget.ts';
import { realClock } from '../../runtime/clock.ts';
import { MET, NOW, opinionsOn, outside, replies } from '../support/doctor-replies.ts';
import { openAi } from '../support/openai.ts';
import { answers, cutOff, dead, empty, fails, filtered, garbage, outOfQuota, rateLimited, refuses, says, stalls, unauthorized, type Asked, type Behaviour } from '../support/openai-server.ts';

const GOOD = { class: 'systemic', confidence: 0.9, reason: 'the site blocks us', minutes: null };
const never = new AbortController().signal;

type Setting = { budget?: Budget; message?: string; rate?: DoctorSpec['rate']; timeoutMs?: number; env?: Record<string, string>; llm?: DoctorSpec['llm'] };

function consult(url: string, { budget = unlimitedBudget, message = 'the flux was inverted', rate = { count: 1e9, perMs: 1 }, timeoutMs = 5_000, env = { KEY: 'sk-canary-12345678' }, llm }: Setting = {}) {
  const clock = { ...realClock, now: () => NOW };
  return new ModelConsult({
    clock, budget, env, models: () => ({}), clean: (text) => text,
    spec: () => ({ rate, llm: llm ?? { model: 'm', baseUrl: url, apiKey: '${KEY}', timeoutMs, price: { input: 1, output: 2 } } }),
    fetch: () => fetch,
    met: () => ({ name: 'Error', message }),
  });
}

const nobody = () => consult('http://127.0.0.1:1/v1', { env: {}, llm: { model: 'm', apiKey: '${NO_SUCH_KEY}' } });

describe('a good answer', () => {
  test('is an opinion, with what it cost and how long it took', async () => {
    const server = await openAi(answers(GOOD, { prompt_tokens: 100, completion_tokens: 50 }));
    const said = await consult(server.url).ask(MET, 'transient', never);
    expect(said).toMatchObject({ type: 'model.answered', ...MET, class: 'systemic', was: 'transient', by: 'model', confidence: 0.9, reason: 'the site blocks us', model: 'm', costMicroUsd: 200, ms: expect.any(Number) });
  });

  test('that is temporal says until when, within a week', async () => {
    for (const [minutes, until] of [[30, NOW + 30 * 60_000], [0, NOW + 60_000], [500_000, NOW + 7 * 86_400_000], [null, undefined]] as const) {
      const server = await openAi(answers({ ...GOOD, class: 'temporal', minutes }));
      expect(await consult(server.url).ask(MET, 'transient', never)).toMatchObject({ class: 'temporal', ...(until !== undefined && { until }) });
    }
  });

  test('that is not sure leaves the guess as it is', async () => {
    const server = await openAi(answers({ ...GOOD, confidence: 0.3 }));
    expect(await consult(server.url).ask(MET, 'item_specific', never)).toMatchObject({ type: 'model.answered', class: 'item_specific' });
  });
});

describe('the question', () => {
  const textOf = async (message: string): Promise<Asked> => {
    const server = await openAi(answers(GOOD));
    await consult(server.url, { message }).ask(MET, 'transient', never);
    return server.asked[0]!;
  };

  test('holds the error as data between marks that its author cannot know', async () => {
    const marks = await Promise.all(['a', 'b'].map(async (message) => /<error-(\w+)>\nError: (.*)\n<\/error-\1>/.exec((await textOf(message)).text)));
    expect(marks[0]![1]).not.toBe(marks[1]![1]);
    expect(marks.map((mark) => mark![2])).toEqual(['a', 'b']);
  });

  test('asks for the schema, and holds no more than 2,000 characters of the error', async () => {
    const { body, text } = await textOf('x y '.repeat(50_000));
    expect(body.response_format).toMatchObject({ type: 'json_schema' });
    expect(body.model).toBe('m');
    expect(text.length).toBeLessThan(4_000);
  });

  test('holds no key, no token, no address of anybody, no invisible letters', async () => {
    const { text } = await textOf(`sk-abcdefghijklmnop Bearer abcdefghijk https://me:pass@a.example/ me@a.example ${'A1'.repeat(30)} \u202egnp.exe\u0007`);
    for (const word of ['sk-abcdefgh', 'abcdefghijk', 'me:pass', 'me@a.example', 'A1A1A1A1A1', '\u202e', '\u0007']) expect(text).not.toContain(word);
  });
});

describe('whatever goes wrong is an answer that changes nothing', () => {
  test.each<[string, Behaviour]>([
    ['a refusal', refuses()], ['a filter', filtered], ['nothing', empty], ['half an answer', cutOff('{"class": "sys')], ['prose', says('I think it is systemic.')],
    ['another class', answers({ ...GOOD, class: 'delete_everything' })], ['no confidence', answers({ class: 'systemic' })], ['a confidence beyond belief', answers({ ...GOOD, confidence: 9 })],
    ['a dead connection', dead], ['no money', outOfQuota], ['a refused key', unauthorized], ['500', fails(500)], ['garbage', garbage()], ['a time-out', stalls],
  ])('%s', async (_what, behaviour) => {
    const server = await openAi(behaviour);
    const said = await consult(server.url, { timeoutMs: 200 }).ask(MET, 'transient', never);
    expect(said).toMatchObject({ type: 'model.failed', fingerprint: MET.fingerprint, reason: expect.stringMatching(/./) });
    expect(JSON.stringify(said)).not.toContain('canary');
    server.release();
  });

  test('nobody there', async () => {
    expect(await consult('http://127.0.0.1:1/v1').ask(MET, 'transient', never)).toMatchObject({ type: 'model.failed' });
    expect(nobody().isPossible()).toBe(false);
    expect(await nobody().ask(MET, 'transient', never)).toMatchObject({ type: 'model.failed' });
  });

  test('a limit of the provider says when it may be asked again', async () => {
    const server = await openAi(rateLimited({ retryAfter: 90 }));
    expect(await consult(server.url).ask(MET, 'transient', never)).toMatchObject({ type: 'model.failed', againAt: NOW + 90_000 });
    expect(server.asked).toHaveLength(1);
  });

  test('the end of Rivus ends the call', async () => {
    const server = await openAi(stalls);
    const ended = new AbortController();
    const said = consult(server.url).ask(MET, 'transient', ended.signal);
    await server.wasAsked(1);
    ended.abort(new Error('Rivus stops'));
    expect(await said).toMatchObject({ type: 'model.failed' });
    server.release();
  });
});

describe('money and rate', () => {
  const kept = () => {
    const moves: string[] = [];
    const budget: Budget = { ...unlimitedBudget, reserve: async (spender, most) => (moves.push(`reserve ${JSON.stringify(spender)} ${most > 0}`), { settle: (actual) => void moves.push(`settle ${actual}`), release: () => void moves.push('release') }) };
    return { moves, budget };
  };

  test('are reserved before the call, and settled with what it cost', async () => {
    const { moves, budget } = kept();
    const server = await openAi(answers(GOOD, { prompt_tokens: 100, completion_tokens: 50 }));
    await consult(server.url, { budget }).ask(MET, 'transient', never);
    expect(moves).toEqual(['reserve {"doctor":true} true', 'settle 200']);
  });

  test('what was refused has cost nothing', async () => {
    const { moves, budget } = kept();
    const server = await openAi(outOfQuota);
    await consult(server.url, { budget }).ask(MET, 'transient', never);
    expect(moves.at(-1)).toBe('release');
  });

  test('without money nobody is asked, until there is some', async () => {
    const server = await openAi(answers(GOOD));
    const budget: Budget = { ...unlimitedBudget, reserve: () => Promise.reject(new BudgetRefused('budget: $0.50 of $0.50', NOW + 5)) };
    expect(await consult(server.url, { budget }).ask(MET, 'transient', never)).toEqual({ type: 'model.failed', fingerprint: MET.fingerprint, reason: 'budget: $0.50 of $0.50', againAt: NOW + 5 });
    expect(server.asked).toEqual([]);
  });

  test('more questions than the rate allows wait for their time', async () => {
    const server = await openAi(answers(GOOD));
    const doctor = consult(server.url, { rate: { count: 2, perMs: 60_000 } });
    const said = [await doctor.ask(MET, 'transient', never), await doctor.ask(MET, 'transient', never), await doctor.ask(MET, 'transient', never)];
    expect(said.map(({ type }) => type)).toEqual(['model.answered', 'model.answered', 'model.failed']);
    expect(said[2]).toMatchObject({ againAt: NOW + 60_000 });
    expect(server.asked).toHaveLength(2);
  });
});

test('replies of any shape: no exception, and nothing outside the table', async () => {
  const said = await Array.fromAsync(opinionsOn(replies(500)));
  expect(said.flatMap((one) => outside(one) ?? [])).toEqual([]);
  const answered = said.filter(({ type }) => type === 'model.answered').length;
  expect(answered).toBeGreaterThan(50);
  expect(answered).toBeLessThan(450);
}, 60_000);
