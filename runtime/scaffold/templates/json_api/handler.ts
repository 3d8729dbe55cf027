/** Entries of a JSON API: extract → score. The entry as it came is the item itself; it is kept with it. */
import { handler, stage, z } from 'rivus';
import prompt from './prompt.md';

/** Name here what an entry must have; the rest of it comes along. */
const Item = z.looseObject({ title: z.string(), url: z.url().optional() });

const extract = stage({
  item: Item,
  run({ item }) {
    const { title, url = null, ...rest } = item;
    return { title, url, text: textsIn(rest).join('\n') };
  },
});

const score = stage({
  needs: { extract },
  run({ prev: { extract }, ctx }) {
    const text = `${extract.title} ${extract.text}`.toLowerCase();
    const found = interestsIn(prompt).filter((interest) => text.includes(interest.toLowerCase()));
    const score = Math.round((100 * found.length) / interestsIn(prompt).length);
    // What scores high goes first from here on. To end the item here instead: return ctx.reject('of no interest').
    return ctx.done({ title: extract.title, score, found }, { priority: -score });
  },
});

/** Every text within a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object(value) === value ? Object.values(value as object).flatMap(textsIn) : [];
}

/** The list in a prompt: `- SQLite` */
function interestsIn(prompt: string): string[] {
  return [...prompt.matchAll(/^- (.+)$/gm)].map(([, interest = '']) => interest.trim());
}

export default handler({ item: Item, stages: { extract, score } });
