import { expect, test } from 'vitest';
import { veiled } from '../../runtime/config/veiled.ts';

test.each([
  ['api_key: abc123', 'api_key: ‹hidden›'],
  ['models: { fast: { model: m, api_key: abc123, price: 1 } }', 'models: { fast: { model: m, api_key: ‹hidden›, price: 1 } }'],
  ['  Authorization: Bearer abc def # mine', '  Authorization: ‹hidden› # mine'],
  ['"token": "it is long"', '"token": ‹hidden›'],
  ["url: 'https://hooks.slack.com/services/T0/B0/xyz'", "url: 'https://hooks.slack.com/‹hidden›'"],
  ['url: https://discord.com/api/webhooks/1/abc', 'url: https://discord.com/api/webhooks/‹hidden›'],
  ['url: https://me:pass@example.com/feed', 'url: https://‹hidden›@example.com/feed'],
  ['>  7 | x: sk-abcdefgh1234', '>  7 | x: ‹hidden›'],
])('%s is shown without its secret', (text, shown) => {
  expect(veiled(text)).toBe(shown);
});

test.each([
  ['api_key: ${OPENAI_API_KEY}'], ["token: '${PUSHOVER_TOKEN}'"], ['url: https://example.com/feed?page=1'], ['channel: UC9cn0TuPq4dnbTY-CBsm8XA'], ['max_output_tokens: 4096'], ['stages: [{ name: fetch }]'], ['email: me@example.com'],
])('%s holds none, and is shown as it is', (text) => {
  expect(veiled(text)).toBe(text);
});
