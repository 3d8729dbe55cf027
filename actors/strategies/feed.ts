import { z } from 'zod';
import type { Strategy } from '../ports.ts';
import { duration } from '../units.ts';

const address = z.string().min(1);

const options = z.strictObject({
  url: z.union([address, z.array(address).min(1).max(200)]).describe('address of the feed (RSS, Atom, RDF or JSON Feed), or a file from the folder of jobs.yaml; or a list of them'),
  key: z.enum(['guid', 'link']).default('guid').describe('what makes an entry itself: the id that the feed gives it, or the address of its page'),
  on_change: z.enum(['ignore', 'new']).default('ignore').describe('`new`: an entry whose text has changed is a new item'),
  max_age: duration.optional().describe('entries that are older are not taken'),
  content: z.boolean().default(true).describe('keep the HTML that entries bring along'),
  headers: z.record(z.string(), z.string()).default({}).describe('sent along, such as `authorization: Bearer ${TOKEN}`'),
  charset: z.string().optional().describe('how the feed is encoded, if it says something wrong or nothing'),
});
export type Options = z.output<typeof options>;

/** Finds the entries of feeds. What reads them is loaded at the first look: nobody waits for it at the start. */
export const feed: Strategy<Options> = {
  name: 'feed',
  options,
  async *discover(options, source) {
    const { discover } = await import('./feeds/discover.ts');
    yield* discover(options, source);
  },
};
