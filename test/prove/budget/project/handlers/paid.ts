/** Pays now and then, never more than a cent in all. What is paid stands in the ledger before anybody else hears of it. */
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { handler, stage } from 'rivus';

const MOST_MICRO_USD = 10_000;
const MOST_WORK_MS = 40;

const pay = stage({
  async run({ ctx }) {
    let left = Math.random() < 0.2 ? MOST_MICRO_USD : Math.floor(Math.random() * MOST_MICRO_USD);
    while (left > 0) {
      await wait(Math.random() * MOST_WORK_MS);
      const microUsd = Math.min(left, 1 + Math.floor(Math.random() * MOST_MICRO_USD));
      appendFileSync(process.env['RIVUS_PROVE_LEDGER']!, `${JSON.stringify({ job: ctx.job, microUsd })}\n`);
      ctx.cost.add(microUsd / 1e6);
      left -= microUsd;
    }
  },
});

export default handler({ stages: { pay } });
