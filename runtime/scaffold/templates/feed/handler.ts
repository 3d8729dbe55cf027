/** What a feed announces: fetch → extract → score. */
import { Fatal, handler, stage, z } from 'rivus';
import prompt from './prompt.md';

/** Of an entry of the feed, what is used here. */
const Item = z.object({ url: z.url().nullable(), title: z.string().nullable(), published: z.string().nullable() });

const DAY_MS = 86_400_000;

/** The page as it came: the stages below can run again without asking the server again. */
const fetch = stage({
  item: Item,
  async run({ item, ctx }) {
    if (item.url === null) return ctx.reject('the entry names no page');
    const html = await ctx.http.text(item.url);
    if (html.trim() === '') throw new Fatal('the page is empty'); // this item fails, the others go on
    return { page: await ctx.artifacts.write('page.html', html) };
  },
});

const extract = stage({
  item: Item,
  needs: { fetch },
  async run({ item, prev, ctx }) {
    const html = await ctx.artifacts.text(prev.fetch.page);
    return { title: item.title || plain(/<title[^>]*>(.*?)<\/title>/is.exec(html)?.[1] ?? ''), text: plain(html) };
  },
});

const score = stage({
  item: Item,
  needs: { extract },
  run({ item, prev: { extract }, ctx }) {
    const text = `${extract.title} ${extract.text}`.toLowerCase();
    const found = interestsIn(prompt).filter((interest) => text.includes(interest.toLowerCase()));
    const days = (ctx.now() - Date.parse(item.published ?? '')) / DAY_MS;
    // A week old counts half; so does what has no date.
    const fresh = Number.isFinite(days) ? 0.5 ** (Math.max(0, days) / 7) : 0.5;
    const score = Math.round((80 * found.length) / interestsIn(prompt).length + 20 * fresh);
    // What scores high goes first from here on. To end the item here instead: return ctx.reject('of no interest').
    return ctx.done({ title: extract.title, score, found }, { priority: -score });
  },
});

/** HTML as text. Good enough to look for words in; `extractArticle` of article/article.ts leaves menus and teasers out. */
function plain(html: string): string {
  const text = html.replace(/<(script|style|head)\b.*?<\/\1>/gis, ' ').replace(/<[^>]*>/g, ' ');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').replace(/\s+/g, ' ').trim();
}

/** The list in a prompt: `- SQLite` */
function interestsIn(prompt: string): string[] {
  return [...prompt.matchAll(/^- (.+)$/gm)].map(([, interest = '']) => interest.trim());
}

export default handler({ item: Item, stages: { fetch, extract, score } });
