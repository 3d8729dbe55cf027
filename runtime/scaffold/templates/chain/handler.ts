/** What another job has finished, as one list for people: pick → publish. */
import { handler, stage, z } from 'rivus';

/** What tracker_query hands over. `output` is that of the other job's last stage: say here what you expect of it. */
const Item = z.object({
  upstream: z.object({ job: z.string(), key: z.string() }),
  output: z.unknown(),
  score: z.number().optional(),
});

type Entry = { key: string; title: string; score: number };

const pick = stage({
  item: Item,
  run({ item }): Entry {
    const { key } = item.upstream;
    const { title } = z.looseObject({ title: z.string().catch(key) }).catch({ title: key }).parse(item.output);
    return { key, title, score: item.score ?? 0 };
  },
});

const publish = stage({
  needs: { pick },
  async run({ ctx }) {
    const entries = (await ctx.outputs<Entry>('pick')).map(({ output }) => output).toSorted((a, b) => b.score - a.score);
    await ctx.artifacts.write('list.md', entries.map(({ title, score }) => `- ${title} (${score})\n`).join(''), { publish: true });
    return { entries: entries.length };
  },
});

export default handler({ item: Item, stages: { pick, publish } });
