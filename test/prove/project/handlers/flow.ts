/** Each stage leaves a line in the ledger of side effects, takes a few ms, and does what its item says. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { handler, stage, Fatal, PauseJob, Transient, z, type Ctx } from 'rivus';

/**
 * What goes wrong at the first start of a stage: `fails` throws what passes, `late` answers when its time is over, `strays` throws where
 * nobody catches it, `gives_up` fails the item, `holds` holds the job, `dies` takes the whole process with it.
 */
const trouble = z.object({ stage: z.string(), kind: z.enum(['fails', 'late', 'strays', 'gives_up', 'holds', 'dies']) });
const item = z.object({ trouble: trouble.optional() });

const MOST_WORK_MS = 60;
/** The time-out of jobs.yaml is 150 ms, its longest back-off 20 ms: by then the next start has ended. */
const LATE_MS = 250;

async function work({ trouble }: z.infer<typeof item>, { job, stage, attempt, item: { key } }: Ctx, from?: string) {
  const execution = randomUUID();
  const line = { at: Date.now(), origin: performance.timeOrigin, job, key, stage, attempt, execution };
  appendFileSync(process.env['RIVUS_PROVE_LEDGER']!, `${JSON.stringify(line)}\n`);
  const kind = trouble?.stage === stage && attempt === 1 ? trouble.kind : undefined;
  await wait(Math.random() * MOST_WORK_MS + (kind === 'late' ? LATE_MS : 0));
  if (kind === 'fails') throw new Transient('the first start fails');
  if (kind === 'gives_up') throw new Fatal('the first start fails, and nothing would help');
  if (kind === 'holds') throw new PauseJob('the first start finds the world out of order');
  if (kind === 'dies') process.kill(process.pid, 'SIGKILL');
  if (kind === 'strays') await new Promise(() => setTimeout(() => { throw new Transient('nobody catches this'); }));
  return { execution, from, attempt, late: kind === 'late' };
}

const fetch = stage({ item, run: ({ item, ctx }) => work(item, ctx) });
const extract = stage({ item, needs: { fetch }, run: ({ item, prev, ctx }) => work(item, ctx, prev.fetch.execution) });
const score = stage({ item, needs: { extract }, run: ({ item, prev, ctx }) => work(item, ctx, prev.extract.execution) });

export default handler({ item, stages: { fetch, extract, score } });
