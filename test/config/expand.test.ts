import { expect, test } from 'vitest';
import { expand, MissingVariable } from '../../runtime/config/expand.ts';

const env = { HOST: 'example.test', EMPTY: '', NESTED: '${HOST}' };

test.each([
  ['https://${HOST}/feed', 'https://example.test/feed'],
  ['${HOST}${HOST}', 'example.testexample.test'],
  ['${PORT:-4600}', '4600'],
  ['${EMPTY:-none}', 'none'],
  ['${EMPTY}', ''],
  ['${PORT:-}', ''],
  ['$${HOST}', '${HOST}'],
  ['$HOST costs 5$', '$HOST costs 5$'],
  ['${NESTED}', '${HOST}'],
])('%s becomes %s', (text, expanded) => {
  expect(expand(text, env)).toBe(expanded);
});

test('a missing variable is an error that names it, its place and the two ways out', () => {
  const attempt = () => expand('https://${HOST}/?key=${API_KEY}', env);
  expect(attempt).toThrow(MissingVariable);
  expect(attempt).toThrow('API_KEY is not set, but "https://${HOST}/?key=${API_KEY}" needs it: set it in the environment, or give a default: ${API_KEY:-default}');
});
