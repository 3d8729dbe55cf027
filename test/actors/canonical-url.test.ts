import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalUrl } from '../../actors/canonical-url.ts';

test.each([
  ['http and https', 'http://example.com/a', 'https://example.com/a'],
  ['with and without www', 'https://www.example.com/a', 'https://example.com/a'],
  ['capitals in the host', 'https://EXAMPLE.com/a', 'https://example.com/a'],
  ['the dot at the end of a host', 'https://example.com./a', 'https://example.com/a'],
  ['a default port', 'https://example.com:443/a', 'https://example.com/a'],
  ['a fragment', 'https://example.com/a#comments', 'https://example.com/a'],
  ['tracking parameters', 'https://example.com/a?utm_source=rss&utm_medium=feed&fbclid=x', 'https://example.com/a'],
  ['tracking in capitals, beside what matters', 'https://example.com/a?UTM_Source=x&id=7', 'https://example.com/a?id=7'],
  ['the order of parameters', 'https://example.com/a?b=2&a=1', 'https://example.com/a?a=1&b=2'],
  ['an empty query', 'https://example.com/a?', 'https://example.com/a'],
  ['a slash at the end', 'https://example.com/a/', 'https://example.com/a'],
  ['the bare host', 'https://example.com', 'https://example.com/'],
  ['escapes', 'https://example.com/%7euser/%c3%a9', 'https://example.com/~user/%C3%A9'],
  ['letters beyond ASCII', 'https://example.com/é', 'https://example.com/%C3%A9'],
  ['an international host', 'https://bücher.example/a', 'https://xn--bcher-kva.example/a'],
])('%s make no difference', (_, one, other) => {
  expect(canonicalUrl(one)).toBe(canonicalUrl(other));
  expect(canonicalUrl(one)).toBeDefined();
});

test.each([
  ['paths', 'https://example.com/a', 'https://example.com/b'],
  ['the case of a path', 'https://example.com/a', 'https://example.com/A'],
  ['parameters that are no tracking', 'https://example.com/?p=1', 'https://example.com/?p=2'],
  ['a port of its own', 'https://example.com:8443/a', 'https://example.com/a'],
  ['http and https on a port of its own', 'http://example.com:8080/a', 'https://example.com:8080/a'],
  ['an escaped slash', 'https://example.com/a%2Fb', 'https://example.com/a/b'],
  ['an address behind #!', 'https://example.com/#!/a', 'https://example.com/#!/b'],
  ['a host called www', 'https://www.com/a', 'https://com/a'],
])('%s are two pages', (_, one, other) => {
  expect(canonicalUrl(one)).not.toBe(canonicalUrl(other));
});

test.each(['', 'example.com', 'ftp://example.com/a', 'javascript:alert(1)', 'mailto:a@example.com', 'file:///etc/passwd', 'https://'])('%j is no web page', (text) => {
  expect(canonicalUrl(text)).toBeUndefined();
});

test('the key of a key is the key', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
      const key = canonicalUrl(url);
      if (key !== undefined) expect(canonicalUrl(key)).toBe(key);
    }),
  );
});
