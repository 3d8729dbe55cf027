/** All items wait until the last of them has begun; then all fail within one second. */
import { setTimeout as wait } from 'node:timers/promises';
import { handler, z } from 'rivus';

/** Of the process: each job has a copy of this module. */
type Storm = { begun: number; last: PromiseWithResolvers<void> };
const storm = ((globalThis as { storm?: Storm }).storm ??= { begun: 0, last: Promise.withResolvers<void>() });

export default handler({
  item: z.object({ of: z.number(), message: z.string() }),
  stages: {
    fetch: {
      async run({ item: { of, message } }) {
        if (++storm.begun === of) storm.last.resolve();
        await storm.last.promise;
        await wait(Math.random() * 1_000);
        throw new Error(message);
      },
    },
  },
});
