/** Every package that deserves attention, in one text for people. Rewritten whenever one more has come through. */
import { handler, stage, z } from 'rivus';
import { renderDigest } from './digest/render.ts';
import { Report } from './npm/report.ts';

/** What tracker_query hands over: `output` is what the last stage of dependency_watch returned. */
const Item = z.object({ output: Report });

const compile = stage({
  item: Item,
  async run({ item, ctx }) {
    const entry = item.output;
    // Its own earlier output, if it was compiled before, is among them: the last one counts.
    const before = await ctx.outputs<Report>('compile');
    const others = before.filter(({ key }) => key !== ctx.item.key).map(({ output }) => output);
    const day = new Date(ctx.now()).toISOString().slice(0, 10);
    await ctx.artifacts.write('release-digest.md', renderDigest([...others, entry], day), { publish: true });
    return entry;
  },
});

export default handler({ item: Item, stages: { compile } });
