/**
 * Web articles, from wherever they are named: fetch → extract → score.
 * No keys, no models: the page, the rules of `article/`, and the topics of `newsflow/topics.ts`. A model that is configured is asked as well.
 */
import { handler, qa, stage, z } from 'rivus';
import { articleOf } from './newsflow/pages.ts';
import { fetchPages } from './newsflow/fetch-pages.ts';
import OPINION from './newsflow/opinion.md';
import { scoreOf } from './newsflow/score.ts';
import { TOPICS } from './newsflow/topics.ts';

/** What add-url and the strategy `feed` hand over. */
const Item = z.object({
  url: z.url({ protocol: /^https?$/ }),
  title: z.string().nullish(),
  published: z.string().nullish(),
});
const Opinion = z.object({ score: z.number().min(0).max(100), why: z.string().max(500) });

/** Characters. Less is a teaser, a wall or an error page; in scripts without spaces a short news item has as many. */
const LEAST_TEXT = 140;
/** The rest of a long text is in the artifact. */
const TEXT_IN_OUTPUT = 200_000;
const TEXT_FOR_MODEL = 12_000;

const fetch = stage({
  item: Item,
  run: ({ item, ctx }) => fetchPages(item.url, ctx),
});

const extract = stage({
  item: Item,
  needs: { fetch },
  async run({ item, prev: { fetch }, ctx }) {
    const { markdown, text, ...found } = await articleOf(fetch.pages, ctx);
    const article = { ...found, title: found.title ?? item.title ?? null, published: found.published ?? item.published ?? null, text };
    const { problems } = qa(article, { required_fields: ['title', 'published', 'language'], min_chars: { text: LEAST_TEXT } });
    const tooShort = problems.find(({ check }) => check === 'min_chars');
    if (tooShort) return ctx.reject(`no article on this page: its ${tooShort.message}`);
    if (article.cut) ctx.log.warn(`the end of ${fetch.url} is left out: ${article.cut}`);
    const { hash } = await ctx.artifacts.write('article.md', `# ${article.title ?? fetch.url}\n\n${markdown}\n`);
    return { ...article, text: text.slice(0, TEXT_IN_OUTPUT), markdown: hash, problems };
  },
});

const score = stage({
  item: Item,
  needs: { extract },
  uses: ['default'],
  async run({ prev: { extract }, ctx }) {
    const { title, text, published, canonical, site, description, words } = extract;
    const rules = scoreOf(extract, TOPICS, ctx.now());
    const opinion = ctx.llm.configured
      ? await ctx.llm.object({ prompt: OPINION, schema: Opinion, input: { topics: TOPICS.map(({ name }) => name), title, text: text.slice(0, TEXT_FOR_MODEL) } })
      : undefined;
    const score = opinion ? Math.round((rules.score + opinion.score) / 2) : rules.score;
    const why = opinion ? [...rules.why, `a model: ${opinion.score}, ${opinion.why}`] : rules.why;
    return ctx.done({ score, why, topics: rules.topics, title, url: canonical, site, published, description, words }, { priority: -score });
  },
});

export default handler({ item: Item, stages: { fetch, extract, score } });
