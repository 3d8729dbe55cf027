/**
 * JSON to an address of the operator's own. With a `secret` it is signed: `X-Rivus-Signature` is `sha256=` and the HMAC, in hex, of
 * `X-Rivus-Timestamp`, a dot, and the body.
 */
import { createHmac } from 'node:crypto';
import type { Message } from '../message.ts';
import { asJson, post } from './post.ts';
import type { Service } from './service.ts';

export const webhook: Service<'webhook'> = (message, { url, secret, headers }, carrier) => {
  const { headers: ours, body } = asJson(bodyOf(message), { 'idempotency-key': message.id });
  const at = String(Math.floor(carrier.now() / 1000));
  const signature: Record<string, string> = secret ? { 'x-rivus-timestamp': at, 'x-rivus-signature': `sha256=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}` } : {};
  return post(url, { headers: { ...headers, ...ours, ...signature }, body }, carrier);
};

/** A shape that others rely on: it gets more keys, and never others. Times are ISO 8601. */
export const bodyOf = ({ openedAt, endedAt, until, ...message }: Message) => ({ version: 1, ...message, openedAt: iso(openedAt), endedAt: iso(endedAt), until: iso(until) });

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
