/** Answers by HTTP of which nothing but the status is known. */
import type { Rule } from '../rule.ts';

export const statuses: readonly Rule[] = [
  { id: 'http-401', class: 'systemic', confidence: 0.85, when: { status: [401, 407] }, reason: 'the login is refused', case: { message: 'received 401 HTTP response', status: 401 } },
  { id: 'http-402', class: 'systemic', confidence: 0.85, when: { status: [402] }, reason: 'somebody has to pay', case: { message: 'Payment', status: 402 } },
  { id: 'http-403', class: 'systemic', confidence: 0.6, when: { status: [403] }, reason: 'the service refuses us; whether for this item alone, the next ones show', case: { message: 'no', status: 403 } },
  { id: 'http-gone', class: 'item_specific', confidence: 0.85, when: { status: [404, 410, 451] }, reason: 'it is not there', case: { message: 'received 404 HTTP response', status: 404 } },
  { id: 'http-busy', class: 'transient', confidence: 0.85, when: { status: [408, 420, 421, 423, 425, 429] }, reason: 'the service asks to come again', case: { message: 'again', status: 429 } },
  { id: 'http-method', class: 'code_bug', confidence: 0.7, when: { status: [405, 501, 505] }, reason: 'the handler asks in a way that the service does not know', case: { message: 'Method Not Allowed', status: 405 } },
  { id: 'http-server', class: 'transient', confidence: 0.85, when: { status: Array.from({ length: 100 }, (_, at) => 500 + at) }, reason: 'the service has stumbled', case: { message: 'no', status: 502 } },
  { id: 'http-refused', class: 'item_specific', confidence: 0.55, when: { status: Array.from({ length: 100 }, (_, at) => 400 + at) }, reason: 'the service refuses what this item asks', case: { message: 'Bad Request', status: 400 } },
  { id: 'http-lost', class: 'item_specific', confidence: 0.55, when: { says: /\bnot found\b|NotFound|no longer available|\bgone\b/i }, reason: 'it is not there', case: 'The requested page was not found' },
];
