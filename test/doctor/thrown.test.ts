import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BudgetRefused, ERROR_CLASSES } from '../../actors/ports.ts';
import { ArtifactError } from '../../runtime/artifacts.ts';
import { ExecError } from '../../runtime/exec.ts';
import { BadRequest, HttpError, HttpTimeout, NetworkError, ResponseTooLarge, UnreadableResponse } from '../../runtime/http/errors.ts';
import { classify, type Judged as Verdict } from '../support/doctor.ts';
import { MissingSecret } from '../../runtime/handlers/context.ts';
import { InvalidOutput } from '../../runtime/handlers/json-text.ts';
import { InvalidCost } from '../../runtime/handlers/money.ts';
import { ItemMismatch, OutputMismatch } from '../../runtime/handlers/schema-check.ts';
import { Fatal, PauseJob, Transient, z } from '../../runtime/handlers/api.ts';
import { AnswerCutOff, LlmNotConfigured, ModelError, ModelRefused, ModelTimeout, UnusableAnswer } from '../../runtime/llm/errors.ts';
import { hostile } from '../support/hostile.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;

const withCode = (code: string, more: object = {}) => Object.assign(new Error(code), { code }, more);
const http = (status: number, retryAfter?: number) => new HttpError('GET https://a.example/', 'https://a.example/', status, retryAfter, '');
const fetchFailed = (cause?: unknown) => new TypeError('fetch failed', { cause });
const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
};

const transient: Verdict = { class: 'transient' };
const itemSpecific: Verdict = { class: 'item_specific' };
const systemic: Verdict = { class: 'systemic' };
const codeBug: Verdict = { class: 'code_bug' };

describe('what a handler says itself', () => {
  test.each<[string, unknown, Verdict]>([
    ['Transient', new Transient('busy'), transient],
    ['Transient with ms', new Transient('busy', { retryAfter: 5 * MINUTE }), { class: 'transient', retryAt: NOW + 5 * MINUTE }],
    ['Transient with a duration', new Transient('busy', { retryAfter: '5m' }), { class: 'transient', retryAt: NOW + 5 * MINUTE }],
    ['Transient with a time that nobody will live to see', new Transient('busy', { retryAfter: 1e300 }), transient],
    ['Transient with a time that is none', new Transient('busy', { retryAfter: NaN }), transient],
    ['Transient with a word', new Transient('busy', { retryAfter: 'soon' }), transient],
    ['Transient for a bug', new Transient('busy', { cause: new TypeError('x') }), transient],
    ['Fatal', new Fatal('gone'), itemSpecific],
    ['Fatal for a bug', new Fatal('gone', { cause: new TypeError('x') }), itemSpecific],
    ['PauseJob', new PauseJob('no quota'), systemic],
    ['PauseJob with ms', new PauseJob('no quota', { resumeAt: NOW + MINUTE }), { class: 'temporal', until: NOW + MINUTE }],
    ['PauseJob with a Date', new PauseJob('no quota', { resumeAt: new Date(NOW + MINUTE) }), { class: 'temporal', until: NOW + MINUTE }],
    ['PauseJob with a duration', new PauseJob('no quota', { resumeAt: '1m' }), { class: 'temporal', until: NOW + MINUTE }],
    ['PauseJob with an ISO date', new PauseJob('no quota', { resumeAt: '2026-11-24T12:01:00Z' }), { class: 'temporal', until: NOW + MINUTE }],
    ['PauseJob with a time that is none', new PauseJob('no quota', { resumeAt: 'tomorrow' }), systemic],
    ['a subclass', new (class Quota extends PauseJob {})('no quota'), systemic],
    ['one of another copy of the API', Object.assign(new Error('busy'), { [Symbol.for('rivus.signal')]: 'fatal' }), itemSpecific],
  ])('%s', (_what, error, verdict) => expect(classify(error, NOW)).toEqual(verdict));
});

test('a call that there was no money for holds the job by its budget, until there is some', () => {
  expect(classify(new BudgetRefused('budget: $4.98 of $5.00', NOW + MINUTE), NOW)).toEqual({ class: 'temporal', hold: 'budget', until: NOW + MINUTE });
  expect(classify(new Error('scoring failed', { cause: new BudgetRefused('budget: $0.00 of $0.00') }), NOW)).toEqual({ class: 'temporal', hold: 'budget' });
});

describe('answers by HTTP', () => {
  test.each<[number, Verdict]>([
    [400, itemSpecific], [401, systemic], [402, systemic], [403, systemic], [404, itemSpecific], [407, systemic], [408, transient],
    [410, itemSpecific], [422, itemSpecific], [425, transient], [429, transient], [451, itemSpecific], [500, transient], [502, transient],
    [503, transient], [504, transient], [599, transient],
  ])('%d', (status, verdict) => {
    expect(classify(http(status), NOW)).toEqual(verdict);
    expect(classify(Object.assign(new Error('of another client'), { statusCode: status }), NOW)).toEqual(verdict);
  });

  test.each([408, 425, 429, 500, 503])('%d with a time to wait for', (status) => {
    expect(classify(http(status, 90_000), NOW)).toEqual({ class: 'transient', retryAt: NOW + 90_000 });
  });

  test('a status that is no failure says nothing: the next row decides', () => {
    expect(classify(Object.assign(new TypeError('x'), { status: 200 }), NOW)).toEqual(codeBug);
    expect(classify(Object.assign(new TypeError('x'), { status: '404' }), NOW)).toEqual(codeBug);
  });
});

describe('errors by their code', () => {
  test.each([
    'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH',
    'ENETDOWN', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'HPE_INVALID_CONSTANT',
  ])('%s is transient, also below `fetch failed` and in a wrapper', (code) => {
    for (const error of [withCode(code), fetchFailed(withCode(code)), new Error('no page', { cause: fetchFailed(withCode(code)) }), new NetworkError('GET a', fetchFailed(withCode(code)))]) {
      expect(classify(error, NOW)).toEqual(transient);
    }
  });

  test.each(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOBUFS'])('%s is transient: others hold what is missing, and give it back', (code) => {
    expect(classify(Object.assign(new Error('no more'), { code }), 0)).toEqual({ class: 'transient' });
  });

  test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOMEM', 'EIO'])('%s is systemic: it is the machine', (code) => {
    expect(classify(withCode(code), NOW)).toEqual(systemic);
    expect(classify(new Error('cannot write', { cause: withCode(code) }), NOW)).toEqual(systemic);
  });

  test.each<[string, unknown, Verdict]>([
    ['a file that is missing', withCode('ENOENT', { syscall: 'open' }), itemSpecific],
    ['a program that is missing, by ctx.exec', new ExecError('ffmpeg could not be started', { code: 'ENOENT' }), systemic],
    ['a program that is missing, by spawn', withCode('ENOENT', { syscall: 'spawn ffmpeg' }), systemic],
    ['an address that is none', thrownBy(() => new URL('nowhere')), itemSpecific],
    ['a code that nobody knows', withCode('E_ODD'), transient],
    ['a code that is the status of an answer', Object.assign(new Error('x'), { code: 404 }), itemSpecific],
    ['a code that is another number', Object.assign(new Error('x'), { code: 7 }), transient],
  ])('%s', (_what, error, verdict) => expect(classify(error, NOW)).toEqual(verdict));
});

describe('errors of Rivus', () => {
  test.each<[string, unknown, Verdict]>([
    ['an item that the handler does not expect', new ItemMismatch('x'), itemSpecific],
    ['an output that is no data', new InvalidOutput('x'), itemSpecific],
    ['an artifact that is not there', new ArtifactError('x'), itemSpecific],
    ['an output that `out` does not allow', new OutputMismatch('x'), codeBug],
    ['a cost that is none', new InvalidCost('x'), codeBug],
    ['a secret that is not set', new MissingSecret('x'), systemic],
    ['no model', new LlmNotConfigured('x'), systemic],
    ['an answer that took too long', new HttpTimeout('x'), transient],
    ['an answer that is no JSON', new UnreadableResponse('x'), transient],
    ['an answer that is too large', new ResponseTooLarge('x'), itemSpecific],
    ['an address that is not of the web', new BadRequest('x'), itemSpecific],
    ['no answer', new NetworkError('GET a', new Error('x')), transient],
    ['a program that ended with 1', new ExecError('x', { exitCode: 1 }), transient],
    ['a program that took too long', new ExecError('x', { code: 'ETIMEDOUT' }), transient],
  ])('%s', (_what, error, verdict) => expect(classify(error, NOW)).toEqual(verdict));

  test.each<[string, unknown, Verdict]>([
    ['a key that is none', new ModelError('x', { status: 401 }), systemic],
    ['a model that does not exist', new ModelError('x', { status: 404, code: 'model_not_found' }), systemic],
    ['an account without money', new ModelError('x', { status: 429, code: 'insufficient_quota' }), systemic],
    ['too many questions', new ModelError('x', { status: 429, code: 'rate_limit_exceeded', retryAfter: 7_000 }), { class: 'transient', retryAt: NOW + 7_000 }],
    ['a provider in trouble', new ModelError('x', { status: 503 }), transient],
    ['an input that is too long', new ModelError('x', { status: 400, code: 'context_length_exceeded' }), itemSpecific],
    ['no answer in time', new ModelTimeout('x'), transient],
    ['a refusal', new ModelRefused('x', 'refusal'), itemSpecific],
    ['an answer that is too long', new AnswerCutOff('x'), itemSpecific],
    ['an answer that is none', new UnusableAnswer('x', 'empty'), transient],
  ])('of models: %s', (_what, error, verdict) => expect(classify(error, NOW)).toEqual(verdict));
});

describe('errors of the language', () => {
  test.each<[string, unknown, Verdict]>([
    ['TypeError', thrownBy(() => (undefined as never as { a: 1 }).a), codeBug],
    ['ReferenceError', new ReferenceError('x is not defined'), codeBug],
    ['text that is no JSON', thrownBy(() => JSON.parse('{')), itemSpecific],
    ['an error page in place of JSON', thrownBy(() => JSON.parse('<html>')), transient],
    ['RangeError', thrownBy(() => 'x'.repeat(-1)), codeBug],
    ['EvalError', new EvalError('x'), codeBug],
    ['a TypeError with a cause', new TypeError('x', { cause: withCode('ECONNRESET') }), codeBug],
    ['a bug in a wrapper', new Error('parsing failed', { cause: new TypeError('x') }), codeBug],
    ['`fetch failed` without a cause', fetchFailed(), transient],
    ['several addresses that did not answer', fetchFailed(new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')])), transient],
    ['several things, the first of which is the machine', new AggregateError([withCode('ENOSPC'), withCode('ECONNREFUSED')]), systemic],
    ['a time-out', new DOMException('x', 'TimeoutError'), transient],
    ['an abort', new DOMException('x', 'AbortError'), transient],
    ['data that a schema of the handler refuses', thrownBy(() => z.string().parse(5)), itemSpecific],
  ])('%s', (_what, error, verdict) => expect(classify(error, NOW)).toEqual(verdict));
});

describe('what nothing is known about is tried again', () => {
  test.each<[string, unknown]>([
    ['a plain Error', new Error('no luck')],
    ['an error of an unknown class', new (class Odd extends Error {})('x')],
    ['a text', 'ECONNRESET'],
    ['null', null],
    ['undefined', undefined],
    ['an error that causes itself', Object.assign(new Error('x'), { get cause() { return this; } })],
  ])('%s', (_what, error) => expect(classify(error, NOW)).toEqual(transient));
});

test('whatever is thrown, it gets a class and does not throw', () => {
  fc.assert(
    fc.property(hostile(), (make) => {
      const { class: kind, retryAt, until } = classify(make(), NOW);
      expect(ERROR_CLASSES).toContain(kind);
      for (const at of [retryAt, until]) if (at !== undefined) expect(Number.isSafeInteger(at)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
