/** `jobctl export [JOB]`: items and outputs for other programs, as NDJSON or CSV. Memory stays level however many there are. */
import fs from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { exportedItems, type ExportedItem } from '../../store/export-view.ts';
import { csvLine } from '../csv.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { jobNamed, stageNamed } from '../named.ts';
import { quietStatusOf, reading } from '../store.ts';
import { jsonLine } from '../text.ts';

type Options = { format: 'ndjson' | 'csv'; stage?: string; out?: string };

export async function exportItems(desk: Desk, jobName: string | undefined, { format, stage, out }: Options): Promise<void> {
  if (format === 'csv' && jobName === undefined) throw new Failure(EXIT.usage, 'usage', 'a CSV table is of one job: its stages are the columns', { hint: 'name the job, or take --format ndjson' });
  await reading(desk, async (db) => {
    const job = jobName === undefined ? undefined : jobNamed(quietStatusOf(desk, db), jobName);
    if (stage !== undefined && job) stageNamed(job, stage);
    const stages = (job?.stages ?? []).map(({ name }) => name).filter((name) => stage === undefined || name === stage);
    const items = exportedItems(db, { ...(job && { job: job.id }), ...(stage !== undefined && { stage }) });
    const lines = await written(linesOf(items, format, stages), out);
    if (out === undefined) return;
    const count = lines - Number(format === 'csv');
    if (desk.terminal.json) return desk.terminal.document({ ok: true, file: out, items: count });
    desk.terminal.say(`wrote ${count} items to ${out}`);
  });
}

function* linesOf(items: Iterable<ExportedItem>, format: Options['format'], stages: readonly string[]): Generator<string> {
  if (format === 'ndjson') {
    for (const item of items) yield jsonLine(item);
    return;
  }
  yield csvLine(['job', 'id', 'key', 'title', 'priority', 'created_at', 'data', ...stages.flatMap((name) => [`${name}_state`, `${name}_output`])]);
  for (const { job, id, key, title, priority, createdAt, data, stages: done } of items) {
    const cells = stages.flatMap((name) => [done[name]?.state ?? '', done[name]?.output === undefined ? '' : JSON.stringify(done[name].output)]);
    yield csvLine([job, id, key, title ?? '', priority, new Date(createdAt).toISOString(), JSON.stringify(data), ...cells]);
  }
}

/** How many lines. A file that exists is not replaced. */
async function written(lines: Iterable<string>, out: string | undefined): Promise<number> {
  const stream: Writable = out === undefined ? process.stdout : fs.createWriteStream(out, { flags: 'wx', mode: 0o600 });
  let count = 0;
  try {
    if (out !== undefined) await once(stream, 'open');
    for (const line of lines) {
      count += 1;
      if (!stream.write(`${line}\n`)) await once(stream, 'drain');
    }
    if (out !== undefined) await finished(stream.end());
    return count;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Failure(EXIT.failed, 'exists', `${out} exists already`, { hint: 'give another file', cause });
  }
}
