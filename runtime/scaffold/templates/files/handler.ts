/** Files that appear in a folder: read → extract → score. */
import { readFile } from 'node:fs/promises';
import { Fatal, handler, stage, z } from 'rivus';
import prompt from './prompt.md';

/** Of what the strategy says of a file, what is used here. */
const Item = z.object({ path: z.string() });

/** The file as it was when it was found: it may change, or go, before the stages below run again. */
const read = stage({
  item: Item,
  async run({ item, ctx }) {
    const text = await readFile(item.path, { encoding: 'utf8', signal: ctx.signal });
    if (text.trim() === '') throw new Fatal('the file is empty'); // this item fails, the others go on
    return { file: await ctx.artifacts.write('file.txt', text) };
  },
});

const extract = stage({
  needs: { read },
  async run({ prev, ctx }) {
    const text = await ctx.artifacts.text(prev.read.file);
    const [title = ''] = text.trim().split('\n');
    return { title: title.replace(/^#+ /, '').slice(0, 200), text };
  },
});

const score = stage({
  needs: { extract },
  run({ prev: { extract }, ctx }) {
    const text = extract.text.toLowerCase();
    const found = interestsIn(prompt).filter((interest) => text.includes(interest.toLowerCase()));
    const score = Math.round((100 * found.length) / interestsIn(prompt).length);
    // What scores high goes first from here on. To end the item here instead: return ctx.reject('of no interest').
    return ctx.done({ title: extract.title, score, found }, { priority: -score });
  },
});

/** The list in a prompt: `- SQLite` */
function interestsIn(prompt: string): string[] {
  return [...prompt.matchAll(/^- (.+)$/gm)].map(([, interest = '']) => interest.trim());
}

export default handler({ item: Item, stages: { read, extract, score } });
