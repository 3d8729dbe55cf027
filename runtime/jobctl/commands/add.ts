/** `jobctl add`: one item, or a file of them in frames as large as a runner takes. */
import { MAX_FRAME_BYTES, newItem, type Command, type NewItem } from '../../../inspector/protocol.ts';
import { findItems } from '../../store/items-view.ts';
import type { Handle } from '../../store/open.ts';
import { delivering, frameBytes, type Delivered } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { parseJson } from '../json.ts';
import { linesOf } from '../lines.ts';
import { jobNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';

const MOST_ITEMS = 1_000;

type Options = { ndjson?: string; priority?: string; title?: string; dryRun?: boolean };

export async function add(desk: Desk, name: string, key: string | undefined, json: string | undefined, options: Options): Promise<void> {
  if ((key === undefined) === (options.ndjson === undefined)) {
    throw new Failure(EXIT.usage, 'usage', 'add takes a key or --ndjson FILE', { hint: `npx jobctl add ${name} KEY '{"url":"…"}'` });
  }
  const items = options.ndjson === undefined ? [oneItem(key!, json, options)] : itemsOf(options.ndjson);
  const job = await reading(desk, async (db) => {
    const { id } = jobNamed(quietStatusOf(desk, db), name);
    if (options.dryRun) await rehearse(desk, db, id, items);
    return id;
  });
  if (options.dryRun) return;
  await delivering(desk, async (deliver) => {
    let total: Delivered | undefined;
    try {
      for await (const batch of inFrames(job, items)) total = sum(total, await deliver(batch));
    } catch (error) {
      if (!total || !(error instanceof Failure)) throw error;
      const hint = 'mend it and add the file again: known keys are only counted';
      throw new Failure(error.exit, error.code, `${error.message}; what stood above it was taken`, { hint, cause: error });
    }
    if (!total) throw new Failure(EXIT.usage, 'usage', `there is nothing in ${options.ndjson}`, { hint: 'one {"key": …, "data": …} a line' });
    report(desk, { job }, total);
  });
}

/** How many of them are new: the keys as they are stored, and as they stand in the file. */
async function rehearse({ terminal }: Desk, db: Handle, job: string, items: AsyncIterable<NewItem> | Iterable<NewItem>): Promise<void> {
  const fresh = new Set<string>();
  let seen = 0;
  for await (const { key } of items) {
    if (fresh.has(key) || findItems(db, key, job).some((item) => item.key === key)) seen += 1;
    else fresh.add(key);
  }
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, job, counts: { new: fresh.size, seen } });
  terminal.say('dry run: nothing was changed');
  terminal.print(`${terminal.paint('bold', job)}  would add: new ${fresh.size}, seen ${seen}`);
}

function oneItem(key: string, json: string | undefined, { priority, title }: Options): NewItem {
  const data = json === undefined ? {} : parseJson(json, 'the data');
  return checked({ key, data, ...(priority !== undefined && { priority: Number(priority) }), ...(title !== undefined && { title }) }, 'the item');
}

/** The items of a file, one a line, empty lines left out. A mistake names its line. */
async function* itemsOf(file: string): AsyncGenerator<NewItem> {
  for await (const { text, where } of linesOf(file)) yield checked(parseJson(text, where), where);
}

function checked(value: unknown, where: string): NewItem {
  const parsed = newItem.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new Failure(EXIT.usage, 'usage', `${where}: ${mistakes.join('; ')}`);
}

/** ADD commands that fit a frame each. */
async function* inFrames(job: string, items: AsyncIterable<NewItem> | Iterable<NewItem>): AsyncGenerator<Command> {
  const empty = frameBytes({ type: 'ADD', job, items: [] });
  let batch: NewItem[] = [];
  let bytes = empty;
  for await (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (empty + size > MAX_FRAME_BYTES) {
      const message = `the item "${item.key.slice(0, 64)}" has ${size} bytes; ${MAX_FRAME_BYTES - empty} are the most`;
      throw new Failure(EXIT.usage, 'too_large', message, { hint: 'put what is large into a file and name it in the data' });
    }
    if (bytes + size > MAX_FRAME_BYTES || batch.length === MOST_ITEMS) {
      yield { type: 'ADD', job, items: batch };
      batch = [];
      bytes = empty;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield { type: 'ADD', job, items: batch };
}

/** As one command: the state before the first and after the last, the counts of all. */
function sum(total: Delivered | undefined, next: Delivered): Delivered {
  if (!total || total.pending || next.pending) return next;
  const counts = { ...total.after.counts };
  for (const [what, n] of Object.entries(next.after.counts ?? {})) counts[what] = (counts[what] ?? 0) + n;
  return { ...next, before: total.before, after: { ...next.after, counts } };
}
