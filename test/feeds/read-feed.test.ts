import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { FeedEntry } from '../../actors/strategies/feeds/entry.ts';
import { readFeed, type ReadFeed } from '../../actors/strategies/feeds/read-feed.ts';
import { UnreadableFeed } from '../../actors/strategies/feeds/unreadable.ts';

const URL_READ = 'https://example.com/feeds/all.xml';

const read = (text: string | Uint8Array, charset?: string): Promise<ReadFeed> => readFeed(typeof text === 'string' ? Buffer.from(text) : text, { url: URL_READ, charsets: [charset] });
const refusal = (text: string | Uint8Array) => read(text).then(() => 'it was read', (error: unknown) => (error instanceof UnreadableFeed ? error.message : error));
const first = async (text: string | Uint8Array, charset?: string): Promise<FeedEntry> => (await read(text, charset)).entries[0]!.data;

const rss = (item: string, head = '<link>https://example.com/</link>') => `<rss version="2.0"><channel><title>Feed</title>${head}<item>${item}</item></channel></rss>`;
const atom = (entry: string, attributes = '') => `<feed xmlns="http://www.w3.org/2005/Atom" ${attributes}><title>Feed</title><entry>${entry}</entry></feed>`;

describe('formats', () => {
  test.each([
    ['RSS 0.91', '<rss version="0.91"><channel><title>F</title><link>https://example.com</link><item><title>T</title><link>https://example.com/1</link></item></channel></rss>'],
    ['RSS 0.92 without a version', '<rss><channel><title>F</title><item><title>T</title><link>https://example.com/1</link></item></channel></rss>'],
    ['RSS 2.0 in capitals', '<RSS VERSION="2.0"><CHANNEL><TITLE>F</TITLE><ITEM><TITLE>T</TITLE><LINK>https://example.com/1</LINK></ITEM></CHANNEL></RSS>'],
    ['RSS without a channel', '<rss version="2.0"><item><title>T</title><link>https://example.com/1</link></item></rss>'],
    ['RSS with items beside its channel', '<rss version="2.0"><channel><title>F</title></channel><item><title>T</title><link>https://example.com/1</link></item></rss>'],
    ['RSS that begins with its channel', '<channel><title>F</title><item><title>T</title><link>https://example.com/1</link></item></channel>'],
    ['RSS whose items lie in a list', '<rss version="2.0"><channel><items><item><title>T</title><link>https://example.com/1</link></item></items></channel></rss>'],
    ['RSS with a prefix of its own', '<r:rss version="2.0" xmlns:r="http://backend.userland.com/rss2"><r:channel><r:title>F</r:title><r:item><r:title>T</r:title><r:link>https://example.com/1</r:link></r:item></r:channel></r:rss>'],
    ['RSS 0.90', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>F</title></channel><item><title>T</title><link>https://example.com/1</link></item></rdf:RDF>'],
    ['RSS 1.0', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://example.com/"><title>F</title><items><rdf:Seq><rdf:li rdf:resource="https://example.com/1"/></rdf:Seq></items></channel><item rdf:about="https://example.com/1"><title>T</title><link>https://example.com/1</link></item></rdf:RDF>'],
    ['RSS 1.0 with other prefixes', '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://purl.org/rss/1.0/"><s:channel><s:title>F</s:title></s:channel><s:item r:about="https://example.com/1"><s:title>T</s:title><s:link>https://example.com/1</s:link></s:item></r:RDF>'],
    ['Atom 0.3', '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>F</title><entry><title mode="escaped" type="text/html">T</title><link rel="alternate" type="text/html" href="https://example.com/1"/></entry></feed>'],
    ['Atom 1.0', '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>T</title><link href="https://example.com/1"/></entry></feed>'],
    ['Atom with a prefix', '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>F</a:title><a:entry><a:title>T</a:title><a:link href="https://example.com/1"/></a:entry></a:feed>'],
    ['Atom with a base at its link', '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>T</title><link xml:base="https://example.com/" href="1"/></entry></feed>'],
    ['Atom that forgot its namespace', '<feed><title>F</title><entry><title>T</title><link href="https://example.com/1"/></entry></feed>'],
    ['Atom within a web page', '<!DOCTYPE html><html><body><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="https://example.com/1"/></entry></feed></body></html>'],
    ['JSON Feed 1.0', '{"version":"https://jsonfeed.org/version/1","title":"F","items":[{"id":1,"title":"T","url":"https://example.com/1","author":{"name":"A"}}]}'],
    ['JSON Feed 1.1', '{"version":"https://jsonfeed.org/version/1.1","title":"F","items":[{"id":"1","title":"T","url":"https://example.com/1"}]}'],
    ['JSON Feed without a version', '{"title":"F","items":[{"id":"1","title":"T","url":"https://example.com/1"}]}'],
    ['a feed that speaks of another kind of feed', rss('<title>T</title><link>https://example.com/1</link><description><![CDATA[<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed> {"items":[]}]]></description>')],
    ['Atom that speaks of RSS', atom('<title>T</title><link href="https://example.com/1"/><content type="html">&lt;rss version="2.0"&gt; <![CDATA[<rss version="2.0"><channel><item/>]]></content>')],
  ])('%s', async (_, text) => {
    const { entries, faults, cut } = await read(text);
    expect(entries.map(({ data }) => [data.title, data.url])).toEqual([['T', 'https://example.com/1']]);
    expect({ faults, cut }).toEqual({ faults: [], cut: undefined });
  });

  test('an empty feed is a feed', async () => {
    expect(await read('<rss version="2.0"><channel><title>F</title></channel></rss>')).toEqual({ title: 'F', entries: [], faults: [] });
    expect(await read('<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title></feed>')).toMatchObject({ entries: [] });
    expect(await read('{"version":"https://jsonfeed.org/version/1.1","title":"F","items":[]}')).toMatchObject({ title: 'F', entries: [] });
  });
});

describe('encodings', () => {
  const text = rss('<title>Übung né Σ</title>');
  const said = (name: string, body = rss('<title>né</title>')) => `<?xml version="1.0" encoding="${name}"?>${body}`;
  const utf32 = (text: string) => Buffer.from(Uint32Array.from([...text].map((character) => character.codePointAt(0)!)).buffer);
  const utf16 = (text: string, mark = true) => Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le');

  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-8 with spaces before its declaration', Buffer.from(`\n\n  <?xml version="1.0" encoding="utf-8"?>${text}`)],
    ['UTF-16 with a mark', utf16(text)],
    ['UTF-16, big end first', utf16(text).swap16()],
    ['UTF-16 without a mark', utf16(`<?xml version="1.0" encoding="utf-16"?>${text}`, false)],
    ['UTF-32 with a mark', utf32(`\ufeff${text}`)],
    ['UTF-32 without a mark, big end first', utf32(text).swap32()],
    ['UTF-8 that says it is UTF-16', Buffer.from(said('utf-16', text))],
    ['UTF-8 that says it is Latin 1', Buffer.from(said('iso-8859-1', text))],
  ])('%s', async (_, bytes) => {
    expect((await first(bytes)).title).toBe('Übung né Σ');
  });

  test.each([
    ['ISO-8859-1', Buffer.from(said('ISO-8859-1'), 'latin1'), undefined, 'né'],
    ['windows-1252 within quotes of the other kind', Buffer.from(`<?xml version='1.0' encoding='windows-1252'?>${rss('<title>né \x93q\x94</title>')}`, 'latin1'), undefined, 'né “q”'],
    ['Shift_JIS', Buffer.concat([Buffer.from(said('Shift_JIS', '<rss><channel><item><title>')), Buffer.from([0x93, 0xfa, 0x96, 0x7b]), Buffer.from('</title></item></channel></rss>')]), undefined, '日本'],
    ['what the server says', Buffer.from(rss('<title>né</title>'), 'latin1'), 'iso-8859-1', 'né'],
    ['what the feed says where the server is wrong', Buffer.from(said('iso-8859-1'), 'latin1'), 'utf-8', 'né'],
    ['ISO-2022-JP, which looks like ASCII', Buffer.from(said('iso-2022-jp', rss('<title>\x1b$BF|K\\\x1b(B</title>')), 'latin1'), undefined, '日本'],
  ])('%s', async (_, bytes, charset, title) => {
    const { entries, faults } = await read(bytes, charset);
    expect([entries[0]!.data.title, faults]).toEqual([title, []]);
  });

  test('without any name, the language decides, and it is said', async () => {
    const { entries, faults } = await read(Buffer.concat([Buffer.from('<rss><channel><language>ru</language><item><title>'), Buffer.from([0xcd, 0xee, 0xe2]), Buffer.from('</title></item></channel></rss>')]));
    expect(entries[0]!.data.title).toBe('Нов');
    expect(faults).toEqual(['it names no encoding and is no UTF-8; it was read as windows-1251: set `charset` if that is wrong']);
  });

  test('a few broken characters do not make another encoding of it', async () => {
    const [before, after] = rss('<title>Übung für Öfen, Äcker und Füße; ältere Schlüssel, schöne Grüße|</title>').split('|');
    const { entries, faults } = await read(Buffer.concat([Buffer.from(before!), Buffer.from([0xff]), Buffer.from(after!)]));
    expect(entries[0]!.data.title).toBe('Übung für Öfen, Äcker und Füße; ältere Schlüssel, schöne Grüße\ufffd');
    expect(faults).toEqual(['it names no encoding and is no UTF-8; it was read as utf-8: set `charset` if that is wrong']);
  });

  test('a feed that is stored compressed is unpacked, within a limit', async () => {
    expect((await first(gzipSync(text))).title).toBe('Übung né Σ');
    await expect(readFeed(gzipSync(Buffer.alloc(2 ** 20)), { url: URL_READ, maxBytes: 1000 })).rejects.toThrow(/it is a gzip file that unpacks to more than/);
    expect(await refusal(Buffer.from([0x1f, 0x8b, 8, 0, 1]))).toMatch(/gzip file that cannot be unpacked/);
  });
});

describe('text', () => {
  test.each([
    ['entities of HTML that XML does not know', '<title>a&nbsp;b &eacute; &mdash; &rsquo;</title>', 'a b é — ’'],
    ['numbered entities', '<title>&#233;&#xe9;&#8217;</title>', 'éé’'],
    ['what was encoded twice', '<title>Tom &amp;amp; Jerry&amp;#8217;s</title>', 'Tom & Jerry’s'],
    ['ampersands that nobody encoded', '<title>AT&T & Co &unknown; R&D</title>', 'AT&T & Co &unknown; R&D'],
    ['CDATA', '<title><![CDATA[a < b && c]]></title>', 'a < b && c'],
    ['CDATA and text in turns', '<title>one <![CDATA[two]]> three</title>', 'one two three'],
    ['elements that a title is dressed in', '<title>&lt;b&gt;Bold&lt;/b&gt; and <![CDATA[<i class="x">italic</i>]]></title>', 'Bold and italic'],
    ['elements that a title is about', '<title>The &lt;dialog&gt; element, Map&lt;string&gt;</title>', 'The <dialog> element, Map<string>'],
    ['white space', '<title>\n  one\t two\u00a0 \r\n three </title>', 'one two three'],
    ['what would move a cursor', '<title>a\u001b[31mb\u0007\u202ec\u0000</title>', 'a[31mbc'],
    ['half a character', '<title>a\ud83d</title>', 'a\ufffd'],
  ])('of a title: %s', async (_, item, title) => {
    expect((await first(rss(item))).title).toBe(title);
  });

  test('a summary is the text of the HTML, cut at a word', async () => {
    const html = '<style>p{}</style><p>One<br>two</p><!-- no --><ul><li>three</li></ul><script>if (a<b) x()</script>four &amp; <img src="x.png" alt="a>b"> five';
    expect((await first(rss(`<description><![CDATA[${html}]]></description>`))).summary).toBe('One two three four & five');
    const long = await first(rss(`<description>${'word '.repeat(1000)}</description>`));
    expect(long.summary).toHaveLength(1000);
    expect(long.summary).toMatch(/ word…$/);
  });

  test('content is HTML as it came; without a summary it makes one', async () => {
    const entry = await first(atom('<title>T</title><content type="html">&lt;p&gt;One &amp;amp; two&lt;/p&gt;</content>'));
    expect(entry).toMatchObject({ content: '<p>One &amp; two</p>', summary: 'One & two' });
    const xhtml = await first(atom('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>two</b></p></div></content>'));
    expect(xhtml).toMatchObject({ content: '<p>One <b>two</b></p>', summary: 'One two' });
    const encoded = await first('<rss version="2.0" xmlns:body="http://purl.org/rss/1.0/modules/content/"><channel><item><description>short</description><body:encoded><![CDATA[<p>long</p>]]></body:encoded></item></channel></rss>');
    expect(encoded).toMatchObject({ content: '<p>long</p>', summary: 'short' });
    expect(await first('{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"a < b & c"}]}')).toMatchObject({ summary: 'a < b & c' });
  });

  test('elements that nobody closed, and HTML that nobody encoded, cost nothing but themselves', async () => {
    const { entries, faults } = await read(`<rss><channel><item><title>One</title><description>a<br>b<p>c</description></item><item><title>Two</title></item></channel></rss>`);
    expect(entries.map(({ data }) => data.title)).toEqual(['One', 'Two']);
    expect(faults).toEqual(['<p> is not closed (line 1)']);
  });
});

describe('addresses', () => {
  test.each([
    ['a link', rss('<link>https://example.com/1</link>'), 'https://example.com/1'],
    ['a link with an ampersand that nobody encoded', rss('<link>https://example.com/1?a=1&b=2</link>'), 'https://example.com/1?a=1&b=2'],
    ['a relative link, from the site', rss('<link>/1</link>', '<link>https://site.example/blog/</link>'), 'https://site.example/1'],
    ['a relative link, from the feed', rss('<link>1.html</link>', ''), 'https://example.com/feeds/1.html'],
    ['xml:base of the entry within that of the feed', atom('<link href="1"/>', 'xml:base="https://base.example/a/"').replace('<entry>', '<entry xml:base="b/">'), 'https://base.example/a/b/1'],
    ['the guid, when it is a permalink', rss('<guid>https://example.com/1</guid>'), 'https://example.com/1'],
    ['no guid that is none', rss('<guid isPermaLink="false">https://example.com/1</guid>'), null],
    ['Atom: alternate before self and edit', atom('<link rel="self" href="https://example.com/self"/><link rel="edit" href="https://example.com/edit"/><link rel="alternate" href="https://example.com/1"/>'), 'https://example.com/1'],
    ['Atom: the page before its PDF', atom('<link rel="alternate" type="application/pdf" href="https://example.com/1.pdf"/><link rel="alternate" type="text/html" href="https://example.com/1"/>'), 'https://example.com/1'],
    ['a podcast without a page', rss('<enclosure url="https://example.com/1.mp3" type="audio/mpeg" length="1"/>'), 'https://example.com/1.mp3'],
    ['no script', rss('<link>javascript:alert(1)</link>'), null],
    ['none', rss('<title>T</title>'), null],
  ])('%s', async (_, text, url) => {
    expect((await first(text)).url).toBe(url);
  });

  test('enclosures, those of Media RSS too, each once', async () => {
    const media = '<rss version="2.0" xmlns:m="http://search.yahoo.com/mrss/"><channel><item><enclosure url="https://example.com/a.mp3" type="audio/mpeg" length="123"/><m:group><m:content url="https://example.com/a.mp3"/><m:content url="/b.mp4" fileSize="7" type="video/mp4"/></m:group></item></channel></rss>';
    expect((await first(media)).enclosures).toEqual([{ url: 'https://example.com/a.mp3', type: 'audio/mpeg', bytes: 123 }, { url: 'https://example.com/b.mp4', type: 'video/mp4', bytes: 7 }]);
  });

  test('authors and categories, whichever element names them', async () => {
    const entry = await first('<rss version="2.0" xmlns:d="http://purl.org/dc/elements/1.1/"><channel><item><d:creator>Ann</d:creator><d:creator>Bob</d:creator><category>x</category><category domain="d">x</category><d:subject>y</d:subject></item></channel></rss>');
    expect(entry).toMatchObject({ author: 'Ann, Bob', categories: ['x', 'y'] });
    expect((await first(rss('<author>ann@example.com (Ann)</author>'))).author).toBe('Ann');
  });
});

describe('what is no feed', () => {
  test.each([
    ['nothing', '', 'it is empty'],
    ['white space', ' \n', 'there is nothing in it'],
    ['a comment', '<!-- soon -->', 'there is nothing in it'],
    ['words', 'Too many requests', 'it is neither XML nor JSON: it begins with "Too many requests"'],
    ['a list of feeds', '<opml version="2.0"><body/></opml>', 'it is a list of feeds (OPML), not a feed: take one of the addresses within it'],
    ['a sitemap', '<?xml version="1.0"?><urlset/>', 'it is a sitemap, not a feed'],
    ['other XML', '<!-- x --><note/>', 'it is no feed: its first element is <note>, and not <rss>, <feed> or <rdf:RDF>'],
    ['other JSON', '{"items":[]}', 'it is JSON, but no JSON Feed: `version` and `items` are missing. The strategy json_api reads any JSON'],
    ['half of a JSON', '{"version":"https://jsonfeed.org/version/1.1","items":[{"id"', expect.stringContaining('it is no whole JSON: ')],
    ['a JSON Feed without a list', '{"version":"https://jsonfeed.org/version/1.1","items":{"id":1}}', 'it is a JSON Feed whose `items` is no list'],
    ['JSON that is null within brackets', '[null]', expect.stringContaining('it is JSON, but no JSON Feed')],
    ['a web page', '<!doctype html><title>Hello\n there</title>', 'it is a web page ("Hello there"), and it names no feed'],
    ['an image', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0]), expect.stringContaining('it is neither XML nor JSON')],
  ])('%s', async (_, text, message) => {
    expect(await refusal(text)).toEqual(message);
  });

  test('a web page says where its feeds are', async () => {
    const page = `<html><head><link rel="stylesheet" href="x.css"><link type='application/atom+xml' href=/feed.xml?a=1&amp;b=2 rel="alternate"><LINK REL=alternate TYPE="application/rss+xml" HREF="https://other.example/rss"></head></html>`;
    expect(await refusal(page)).toBe('it is a web page; it names a feed at https://example.com/feed.xml?a=1&b=2 and at https://other.example/rss');
  });
});

describe('hostile feeds', () => {
  const item = (title: string) => `<item><title>${title}</title></item>`;
  const document = (doctype: string, title: string) => `<?xml version="1.0"?><!DOCTYPE rss ${doctype}><rss version="2.0"><channel><title>F</title>${item(title)}</channel></rss>`;

  test.each([
    ['entities made of entities', document('[<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]', '&b;'), /declares the entity "b" by another one \("a"\), which is refused/],
    ['an entity from a file', document('[<!ENTITY x SYSTEM "file:///etc/passwd">]', '&x;'), /declares the entity "x" as something to be read from elsewhere, which is refused/],
    ['a long entity', document(`[<!ENTITY x "${'x'.repeat(2000)}">]`, '&x;'), /declares the entity "x" with 2000 characters; 1000 are allowed/],
    ['a long entity, many times', document(`[<!ENTITY x "${'x'.repeat(900)}">]`, '&x;'.repeat(2000)), /grows by more than a megabyte/],
    ['endless nesting', `<rss version="2.0"><channel><item>${'<a>'.repeat(100_000)}`, /nested more than 256 deep in line 1/],
  ])('%s are refused', async (_, text, message) => {
    expect(await refusal(text)).toMatch(message);
  });

  test('plain entities of its own are read; those of an outer list are known', async () => {
    expect((await first(document('[<!ENTITY nbsp "&#160;"><!ENTITY company "A &amp; B">]', '&company;&nbsp;Ltd'))).title).toBe('A & B Ltd');
    expect((await first(document('PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"', 'caf&eacute;'))).title).toBe('café');
  });

  test.each([
    ['tags that are never finished', '<rss version="2.0"><channel>' + '<item x="'.repeat(50_000)],
    ['comments that are never finished', '<rss version="2.0"><channel>' + '<!--'.repeat(200_000)],
    ['less-than signs', '<rss version="2.0"><channel><item><description><![CDATA[' + '<'.repeat(500_000) + ']]></description></item></channel></rss>'],
    ['comments within a text', rss(`<description><![CDATA[${'<!--'.repeat(100_000)}]]></description>`)],
    ['scripts that are never finished', rss(`<description><![CDATA[${'<script>'.repeat(50_000)}]]></description>`)],
    ['ampersands', rss(`<title>${'&'.repeat(500_000)}</title>`)],
    ['a title of a megabyte', rss(`<title>${'<![CDATA[<b>]]>'.repeat(60_000)}</title>`)],
    ['a web page of links', `<html>${'<link rel="alternate" '.repeat(50_000)}`],
  ])('%s are read or refused without delay', async (_, text) => {
    const begun = performance.now();
    await read(text).catch((error: unknown) => expect(error).toBeInstanceOf(UnreadableFeed));
    // Ten times what it takes on a busy machine; what grows with the square of the length takes minutes.
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('it ends in the middle: what came before is read, and it says where it ends', async () => {
    const { entries, cut } = await read(`<rss version="2.0">\n<channel>${item('One')}\n${item('Two')}\n<item><title>Thr`);
    expect(entries.map(({ data }) => data.title)).toEqual(['One', 'Two']);
    expect(cut).toBe('it ends in the middle: <title> (line 4) is not closed');
    expect((await read('<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title></entry>')).cut).toMatch(/<feed> \(line 1\) is not closed/);
  });

  test('a long feed lets others have their turn', async () => {
    let turns = 0;
    const text = `<rss version="2.0"><channel>${item('x'.repeat(900)).repeat(5000)}</channel></rss>`;
    const { entries } = await readFeed(Buffer.from(text), { url: URL_READ, turn: async () => void turns++ });
    expect(entries).toHaveLength(5000);
    expect(turns).toBeGreaterThan(100);
  });
});
