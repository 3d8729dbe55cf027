import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identified } from '../../actors/strategies/feeds/identity.ts';
import { matches, parsePattern } from '../../runtime/routing/pattern.ts';
import { route } from '../../runtime/routing/route.ts';

function accepts(text: string, url: string): boolean {
  const pattern = parsePattern(text);
  if ('mistake' in pattern) throw new Error(pattern.mistake);
  return matches(pattern, new URL(url));
}

describe('a pattern', () => {
  test.each([
    ['example.com', 'https://example.com/'],
    ['example.com', 'http://www.example.com/any/page?x=1#y'],
    ['www.example.com', 'https://example.com/a'],
    ['Example.COM', 'https://example.com/a'],
    ['*.example.com', 'https://news.example.com/a'],
    ['*.example.com', 'https://a.b.example.com/a'],
    ['*.example.com', 'https://example.com/a'],
    ['example.com/news/**', 'https://example.com/news'],
    ['example.com/news/**', 'https://example.com/news/'],
    ['example.com/news/**', 'https://example.com/news/2026/03/02/a'],
    ['example.com/*/reviews', 'https://example.com/books/reviews/'],
    ['example.com/**/reviews', 'https://example.com/books/old/reviews'],
    ['example.com/**/reviews', 'https://example.com/reviews'],
    ['example.com/item-*', 'https://example.com/item-7'],
    ['example.com/', 'https://example.com/'],
    ['youtube.com/watch?v=*', 'https://www.youtube.com/watch?t=3&v=abc'],
    ['localhost:8080', 'http://localhost:8080/a'],
    ['bücher.example', 'https://xn--bcher-kva.example/a'],
    ['example.com/straße', 'https://example.com/stra%C3%9Fe'],
    ['**', 'https://anything.example:8443/at/all'],
  ])('%s accepts %s', (pattern, url) => expect(accepts(pattern, url)).toBe(true));

  test.each([
    ['example.com', 'https://example.org/'],
    ['example.com', 'https://news.example.com/a'],
    ['example.com', 'https://example.com.evil.example/'],
    ['*.example.com', 'https://notexample.com/'],
    ['example.com', 'https://example.com:8080/'],
    ['localhost:8080', 'http://localhost:8081/'],
    ['example.com/news/**', 'https://example.com/newsletter'],
    ['example.com/News', 'https://example.com/news'],
    ['example.com/*', 'https://example.com/a/b'],
    ['example.com/', 'https://example.com/a'],
    ['youtube.com/watch?v=*', 'https://www.youtube.com/watch?t=3'],
    ['youtube.com/watch?v=a*', 'https://www.youtube.com/watch?v=b'],
  ])('%s does not accept %s', (pattern, url) => expect(accepts(pattern, url)).toBe(false));

  test.each([
    ['https://example.com/a', 'must be written without a scheme: example.com/a'],
    ['//example.com/a', 'must be written without a scheme: example.com/a'],
    ['exam ple.com', 'without spaces'],
    ['', 'must begin with a host'],
    ['/news/**', 'must begin with a host'],
    ['*', 'must begin with a host'],
    ['news.*.com', 'must begin with a host'],
    ['example.com/a**b', 'must have ** alone'],
    ['example.com:port/a', 'must begin with a host'],
    [`example.com/${'a'.repeat(500)}`, 'at most 500 characters'],
  ])('%j is refused: %s', (text, mistake) => {
    expect(parsePattern(text)).toEqual({ mistake: expect.stringContaining(mistake) });
  });

  test('an address matches the pattern that is the address', () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.domain(), fc.array(segment, { maxLength: 6 }), fc.nat(6), (host, path, at) => {
        const url = `https://${host}/${path.join('/')}`;
        const holes = path.map((name, index) => (index === at ? '*' : name)).join('/');
        return [path.join('/'), holes, '**', `${path.slice(0, at).join('/')}/**`].every((pattern) => accepts(`${host}/${pattern}`, url));
      }),
    );
  });

  test('no pattern is slow', () => {
    const stars = `example.com/${'*a'.repeat(200)}b`;
    const deep = `example.com/${'**/a/'.repeat(90)}b`;
    const url = `https://example.com/${'a'.repeat(2_000)}`;
    for (let n = 0; n < 20; n++) expect([accepts(stars, url), accepts(deep, `https://example.com${'/a'.repeat(1_000)}`)]).toEqual([false, false]);
  });
});

describe('an address', () => {
  const jobs = [{ id: 'videos', accepts: ['youtube.com/watch?v=*', '*.video.example'] }, { id: 'digest' }, { id: 'news', accepts: ['example.com/news/**', '**'] }];

  test('goes to the first job with a pattern for it', () => {
    expect(route('https://www.youtube.com/watch?v=abc&utm_source=x', jobs)).toEqual({ url: 'https://www.youtube.com/watch?v=abc&utm_source=x', key: 'https://youtube.com/watch?v=abc', job: 'videos', pattern: 'youtube.com/watch?v=*' });
    expect(route('https://example.com/news/1', jobs)).toMatchObject({ job: 'news', pattern: 'example.com/news/**' });
    expect(route('https://example.org/', jobs)).toMatchObject({ job: 'news', pattern: '**' });
  });

  test('goes to the job that the operator names, whatever that accepts', () => {
    expect(route('https://example.org/', jobs, 'digest')).toMatchObject({ job: 'digest', pattern: null });
    expect(route('https://example.org/', jobs, 'digset')).toMatchObject({ code: 'unknown_job', message: 'there is no job "digset", did you mean "digest"?' });
  });

  test('has the key that a feed gives it by `key: link`', () => {
    const url = 'http://www.example.com/news/1/?utm_source=rss#comments';
    const data = { url, title: 'One', published: null, updated: null, author: null, summary: null, feed: { title: null, url: 'https://example.com/feed' } };
    expect(route('https://example.com/news/1', jobs)).toMatchObject({ key: identified([{ id: 'abc-1', data }], 'link')[0]!.key });
  });

  test('may be given as browsers show it', () => {
    expect(route(' example.com/news/1 ', jobs)).toMatchObject({ url: 'https://example.com/news/1', job: 'news' });
  });

  test('that no job accepts is refused with all patterns', () => {
    expect(route('https://example.org/', jobs.slice(0, 2))).toEqual({
      url: 'https://example.org/',
      code: 'no_route',
      message: 'no job accepts https://example.org/; these patterns are known:\n  videos: youtube.com/watch?v=*, *.video.example',
    });
    expect(route('https://example.org/', [{ id: 'digest' }])).toMatchObject({ message: expect.stringContaining('no job has `accepts:`') });
  });

  test.each(['', 'news', 'ftp://example.com/', 'javascript:alert(1)', 'file:///etc/passwd', 'https://', 'mailto:a@b.example', '/news/1'])('%j is no address of the web', (text) => {
    expect(route(text, jobs)).toMatchObject({ code: 'bad_url', message: expect.stringContaining('no address of the web') });
  });

  test('with a password is not stored', () => {
    expect(route('https://ann:secret@example.com/', jobs)).toMatchObject({ code: 'bad_url', message: expect.not.stringContaining('secret') });
  });
});
