/** All items wait until the last of them has begun; then all fail within one second, a few in each millisecond. */
import { setTimeout as wait } from 'node:timers/promises';
import { handler, z } from 'rivus';

const SLICES = 1_000;
/** Of the process: each job has a copy of this module. */
type Storm = { begun: number; slices: (() => void)[][] };
const storm = ((globalThis as { storm?: Storm }).storm ??= { begun: 0, slices: Array.from({ length: SLICES }, () => []) });

export default handler({
  item: z.object({ of: z.number(), message: z.string() }),
  stages: {
    fetch: {
      async run({ item: { of, message } }) {
        const { promise, resolve } = Promise.withResolvers<void>();
        storm.slices[Math.floor(Math.random() * SLICES)]!.push(resolve);
        if (++storm.begun === of) void breakLoose();
        await promise;
        throw new Error(message);
      },
    },
  },
});

async function breakLoose(): Promise<void> {
  const began = performance.now();
  for (let n = 0; n < SLICES; await wait(1)) {
    const due = Math.min(SLICES, Math.ceil(((performance.now() - began) / 1_000) * SLICES));
    while (n < due) for (const fail of storm.slices[n++]!) fail();
  }
}
