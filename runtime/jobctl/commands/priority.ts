/** `jobctl priority JOB ITEM… VALUE`: as `nice` has it, lower comes first. */
import type { Command } from '../../../inspector/protocol.ts';
import { readItem } from '../../store/items-view.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { itemNamed, jobNamed } from '../named.ts';
import { report } from '../report.ts';
import { quietStatusOf, reading } from '../store.ts';
import { table } from '../table.ts';

/** Also as in -1.5e12. */
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const MOST = 1e15;

export async function priority(desk: Desk, name: string, itemsAndValue: string[], { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  const [value, names] = [itemsAndValue.at(-1)!, itemsAndValue.slice(0, -1)];
  const hint = `lower comes first: npx jobctl priority ${name} ITEM -5`;
  if (names.length === 0) throw new Failure(EXIT.usage, 'usage', 'priority takes items and, as the last word, a number', { hint });
  if (!NUMBER.test(value)) throw new Failure(EXIT.usage, 'usage', `"${value}" is no priority`, { hint });
  if (Math.abs(Number(value)) > MOST) throw new Failure(EXIT.usage, 'usage', `a priority is a number from -1e15 to 1e15, not ${value}`, { hint });
  await reading(desk, (db) => {
    const job = jobNamed(quietStatusOf(desk, db), name).id;
    const items = names.map((item) => itemNamed(desk, db, item, job));
    if (dryRun) return show(desk, job, items.map((id) => readItem(db, id)!), Number(value));
    const command: Command = { type: 'PRIORITY', job, items, priority: Number(value) };
    return delivering(desk, async (deliver) => report(desk, { job }, await deliver(command)));
  });
}

function show({ terminal }: Desk, job: string, items: readonly { id: number; key: string; priority: number }[], to: number): void {
  const changed = items.filter((item) => item.priority !== to).map(({ id, key, priority }) => ({ id, key, before: priority, after: to }));
  if (terminal.json) return terminal.document({ ok: true, dryRun: true, job, items: changed });
  terminal.say('dry run: nothing was changed');
  if (changed.length === 0) return terminal.print(`${terminal.paint('bold', job)}  nothing to change`);
  terminal.print(
    ...table(changed, [
      { head: 'ID', text: ({ id }) => id, align: 'right' },
      { head: 'KEY', text: ({ key }) => key, most: 40 },
      { head: 'PRIORITY', text: ({ before, after }) => `${before} → ${after}` },
    ]),
  );
}
