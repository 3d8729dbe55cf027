/** Items that are brought: by hand, or over HTTP. */
import { z } from 'zod';
import { name, priority } from './atoms.ts';

/** One thing for a job to work on, as `jobctl add` reads it from a line. */
export const newItem = z.strictObject({
  key: z.string().min(1).max(1024),
  data: z.unknown().default({}),
  priority: priority.optional(),
  title: z.string().max(500).optional(),
});
export type NewItem = z.infer<typeof newItem>;

/** One thing for `POST /items`: an address, which finds its job by what the jobs accept, or an item of a job that is named. */
export const itemRequest = z
  .strictObject({
    url: z.string().min(1).max(4096).optional(),
    job: name.optional(),
    key: newItem.shape.key.optional(),
    data: z.unknown().optional(),
    title: newItem.shape.title,
    priority: newItem.shape.priority,
  })
  .check(({ value: { url, job, key, data }, issues }) => {
    const refuse = (message: string) => issues.push({ code: 'custom', input: url ?? key, message });
    if ((url === undefined) === (key === undefined)) refuse('needs either a url, or a job and a key');
    else if (key !== undefined && job === undefined) refuse('a key needs its job beside it');
    else if (url !== undefined && data !== undefined) refuse('data belong to a key; with a url Rivus makes them');
  });
export type ItemRequest = z.infer<typeof itemRequest>;

/** One, or a list of them. */
export const itemsRequest = z.preprocess((body) => [body].flat(), z.array(itemRequest).min(1).max(1000));
/** Where one went. `pattern`: of the job that accepted an address. `known`: the job had it before. */
export type ItemAdded = { job: string; key: string; url?: string; pattern?: string; known?: boolean };
/** All were taken, or none: `problems` has one for each that cannot be. */
export type ItemsAnswer = { ok: true; items: ItemAdded[] } | { ok: false; code: string; message: string; problems?: { index: number; code: string; message: string }[] };
