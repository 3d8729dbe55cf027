/** Feeds of the real world. What each must give is counted in its bytes, or stands below where it is no whole feed. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FeedEntry } from '../../actors/strategies/feeds/entry.ts';
import { identified } from '../../actors/strategies/feeds/identity.ts';
import { readFeed } from '../../actors/strategies/feeds/read-feed.ts';
import { UnreadableFeed } from '../../actors/strategies/feeds/unreadable.ts';
import { sharedFiles } from '../support/shared-data.ts';

/** Those that are no feed, or a broken one with nothing in it: what is said of them. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'feedparser__encoding_bozo_bogus_encoding.xml': /no entries, and nobody knows the encoding "bogus"/,
  'feedparser__encoding_bozo_invalid-bytes-with-bom.xml': /no entries, and <rss> is not closed/,
  'feedparser__illformed_rss_empty_document.xml': /there is nothing in it/,
  'feedparser__illformed_undeclared_namespace.xml': /no entries, and the prefix "itunes" is used and not declared/,
  'rbren__unrecognized.rss': /a web page \("Document Moved"\), and it names no feed/,
};
/** Those that end in the middle. */
const CUT: Readonly<Record<string, RegExp>> = {
  'feed-rs__rss_2.0_invalid_1.xml': /<channel> \(line 5\) is not closed/,
  'feedparser__illformed_rss_incomplete_cdata.xml': /ends within a declaration that begins in line 13/,
};
/** Those whose entries can be read although something is wrong. */
const FAULTY: Readonly<Record<string, RegExp>> = {
  'feedjira__InvalidDateFormat.xml': /<rss> is not closed/,
  'feedparser__encoding_bozo_encoding_mismatch_crash.xml': /read as windows-1252/,
  'feedparser__encoding_bozo_linenoise.xml': /not in the encoding that it names \("utf-8"\)/,
  'feedparser__illformed_rss_item_link_corrupted_ampersands.xml': /<rss> is not closed/,
};

const files = sharedFiles('feeds');
const read = (path: string) => readFeed(fs.readFileSync(path), { url: 'https://example.com/feeds/all.xml' });

describe.skipIf(files.length === 0)('feeds of the real world', () => {
  test.each(files.filter(({ name }) => !(name in REFUSED) && !(name in CUT)))('$name gives all of its entries', async ({ name, path }) => {
    const { entries, faults, cut } = await read(path);
    expect(entries).toHaveLength(entriesIn(fs.readFileSync(path, 'latin1')));
    expect(cut).toBeUndefined();
    if (name in FAULTY) expect(faults.join()).toMatch(FAULTY[name]!);
    else expect(faults.filter((fault) => !/names no encoding/.test(fault))).toEqual([]);
    for (const { data } of entries) FeedEntry.parse(data);
    expect(identified(entries, 'guid')).toHaveLength(entries.length);
  });

  test.each(files.filter(({ name }) => name in REFUSED))('$name is refused, and says why', async ({ name, path }) => {
    const error = await read(path).then(() => undefined, (error: Error) => error);
    expect(error).toBeInstanceOf(UnreadableFeed);
    expect(error!.message).toMatch(REFUSED[name]!);
  });

  test.each(files.filter(({ name }) => name in CUT))('$name ends in the middle, and says where', async ({ name, path }) => {
    expect((await read(path)).cut).toMatch(CUT[name]!);
  });

  test('wherever a feed is cut off, its whole entries are read, or it says what is wrong', async () => {
    for (const { path } of files.filter(({ path }) => fs.statSync(path).size < 10_000)) {
      const bytes = fs.readFileSync(path);
      const whole = await read(path).then(({ entries }) => entries.length, () => 0);
      for (let end = 0; end < bytes.length; end += 97) {
        const part = await readFeed(bytes.subarray(0, end), { url: 'https://example.com/' }).catch((error: unknown) => error);
        if (part instanceof UnreadableFeed) continue;
        expect(part).toMatchObject({ entries: expect.any(Array) });
        expect((part as { entries: unknown[] }).entries.length).toBeLessThanOrEqual(whole);
      }
    }
  });

  test('whichever byte is changed, it is read or refused, and nothing else is thrown', async () => {
    for (const { path } of files.filter(({ path }) => fs.statSync(path).size < 5000)) {
      for (const [at, byte] of [[0.1, 0x3c], [0.3, 0x26], [0.5, 0x00], [0.6, 0x22], [0.7, 0xff], [0.9, 0x3e]] as const) {
        const bytes = Buffer.from(fs.readFileSync(path));
        bytes[Math.floor(bytes.length * at)] = byte;
        const answer = await readFeed(bytes, { url: 'https://example.com/' }).catch((error: unknown) => error);
        if (!(answer instanceof UnreadableFeed)) expect(answer).toMatchObject({ entries: expect.any(Array) });
      }
    }
  });
});

/** By a count of what begins like one, which no reader of feeds is needed for. */
function entriesIn(text: string): number {
  if (text.startsWith('{')) return JSON.parse(text).items.length;
  return [...text.matchAll(/<(?:\w+:)?(?:item|entry)[\s>]/g)].length;
}
