/** Each stage writes when it starts and when it ends, takes a few ms, and does what its item says. */
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { handler, stage, Transient, z, type Ctx } from 'rivus';

/** What goes wrong at the first start of a stage: `fails` throws what passes, `late` ends when its time is over. */
const item = z.object({ trouble: z.object({ stage: z.string(), kind: z.enum(['fails', 'late']) }).optional() });

const MOST_WORK_MS = 40;
/** Over the time-out of 150 ms, and within the grace in which a slot stays taken. */
const LATE_MS = 300;

async function work({ trouble }: z.infer<typeof item>, { job, stage, attempt }: Ctx) {
  const note = (what: 'start' | 'end') =>
    appendFileSync(process.env['RIVUS_PROVE_LEDGER']!, `${JSON.stringify({ what, at: performance.timeOrigin + performance.now(), origin: performance.timeOrigin, job, stage })}\n`);
  const kind = trouble?.stage === stage && attempt === 1 ? trouble.kind : undefined;
  note('start');
  await wait(Math.random() * MOST_WORK_MS + (kind === 'late' ? LATE_MS : 0));
  note('end');
  if (kind === 'fails') throw new Transient('the first start fails');
  return { attempt };
}

const a = stage({ item, run: ({ item, ctx }) => work(item, ctx) });
const b = stage({ item, run: ({ item, ctx }) => work(item, ctx) });
const c = stage({ item, run: ({ item, ctx }) => work(item, ctx) });
const d = stage({ item, run: ({ item, ctx }) => work(item, ctx) });

export default handler({ item, stages: { a, b, c, d } });
