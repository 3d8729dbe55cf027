/** Checked by `tsc --noEmit`: what compiles here must, and what is expected not to must not. Nothing of it runs. */
import { handler, stage, z } from '../../runtime/handlers/api.ts';

const Item = z.object({ url: z.string() });
const Facts = z.object({ n: z.number().default(1), kind: z.enum(['big', 'small']).optional() });

function is<T>(_value: T): void {}

// --- the item

const fetch = stage({
  item: Item,
  async run({ item, ctx }) {
    // @ts-expect-error the item has no such field
    is(item.nope);
    return { html: await ctx.http.text(item.url), status: 200 };
  },
});
const loose = stage({ run: ({ item }) => ({ anything: item.whatever as number }) });

// --- prev, by value

const extract = stage({
  needs: { fetch },
  out: Facts,
  run({ prev }) {
    is<string>(prev.fetch.html);
    // @ts-expect-error the output of fetch has no such field
    is(prev.fetch.nope);
    // @ts-expect-error a number is no string
    is<string>(prev.fetch.status);
    // @ts-expect-error loose is not declared under needs
    is(prev.loose);
    return { n: prev.fetch.html.length, kind: 'big' };
  },
});

// --- outputs that are checked

stage({
  out: Facts,
  // @ts-expect-error n is a number in Facts
  run: () => ({ n: 'one' }),
});
stage({
  out: Facts,
  // @ts-expect-error kind is big or small in Facts
  run: ({ ctx }) => ctx.done({ kind: 'middling' }),
});

const mayskip = stage({
  needs: { extract },
  out: z.object({ score: z.number() }),
  async run({ prev, ctx }) {
    is<number>(prev.extract.n);
    is<'big' | 'small' | undefined>(prev.extract.kind);
    if (prev.extract.n === 0) return ctx.skip('nothing in it');
    if (prev.extract.n === 1) return ctx.reject('dull');
    if (prev.extract.n === 2) return ctx.defer('3h', 'too early');
    return ctx.done({ score: 3 }, { priority: -3, cost: 0.01, discrepancies: ['two titles'] });
  },
});
const inferred = stage({
  needs: { fetch },
  run({ prev, ctx }) {
    if (!prev.fetch.html) return ctx.skip('empty');
    return ctx.done({ words: 5 });
  },
});
const seed = stage({ run: () => ({ title: 'a', _priority: -1, _cost: 0.1, _discrepancies: [] }) });

const qa = stage({
  needs: { mayskip, inferred, seed, loose },
  run({ prev }) {
    is<number>(prev.loose.anything);
    is<string>(prev.seed.title);
    // @ts-expect-error the seed's keys are not stored
    is(prev.seed._priority);
    // @ts-expect-error a stage that may skip may have no output
    is<number>(prev.mayskip.score);
    is<number | undefined>(prev.mayskip?.score);
    // @ts-expect-error the same where the output is inferred
    is<number>(prev.inferred.words);
    is<number | undefined>(prev.inferred?.words);
    return null;
  },
});

// --- prev, by type

const byType = stage<{ fetch: typeof fetch }>({
  needs: ['fetch'],
  run({ prev }) {
    // @ts-expect-error the output of fetch has no such field
    is(prev.fetch.nope);
    return { length: prev.fetch.html.length };
  },
});
stage<{ fetch: typeof fetch }>({
  // @ts-expect-error extract is not among the declared stages
  needs: ['extract'],
  run: () => 1,
});
stage({
  needs: { byType },
  run({ prev }) {
    // @ts-expect-error unknown, not silently any
    is<number>(prev.byType.length);
  },
});
stage({
  needs: ['fetch'],
  run({ prev }) {
    // @ts-expect-error a name alone types nothing, and is not silently any
    is(prev.fetch.html);
  },
});

// --- handlers

export default handler({ item: Item, stages: { fetch, extract, mayskip, inferred, seed, loose, qa }, validate: ({ stats }) => is<number | undefined>(stats.fetch?.done) });

handler({
  item: Item,
  stages: {
    fetch,
    count: {
      needs: ['fetch'],
      async run({ item, prev, ctx }) {
        // @ts-expect-error the item has no such field
        is(item.nope);
        // @ts-expect-error the output of fetch has no such field
        is(prev.fetch.nope);
        return ctx.done({ n: prev.fetch.html.length + item.url.length });
      },
    },
  },
});
handler({
  stages: {
    fetch,
    // @ts-expect-error there is no stage of that name
    count: { needs: ['fetsch'], run: () => 1 },
  },
});
handler({
  item: z.object({ title: z.string() }),
  // @ts-expect-error fetch wants items with a url
  stages: { fetch },
});
handler({
  // @ts-expect-error extract needs fetch, which is missing
  stages: { extract },
});
handler({
  stages: {
    fetch,
    nested: stage({
      needs: { fetch },
      run({ prev }) {
        // @ts-expect-error typed also when it is nested
        is(prev.fetch.nope);
        return prev.fetch.html;
      },
    }),
    // @ts-expect-error a stage is written with run
    odd: { needs: ['fetch'] },
  },
});
