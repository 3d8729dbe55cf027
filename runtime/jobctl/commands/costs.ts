/** `jobctl costs [JOB]`: what was spent, by job, stage, model or day. */
import type { CostsBy, CostsView, CostView } from '../../../inspector/protocol.ts';
import { readCosts } from '../../store/costs-view.ts';
import type { Desk } from '../desk.ts';
import { jobNamed } from '../named.ts';
import { wholeNumber } from '../number.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { moment } from '../time.ts';
import { usd } from '../usd.ts';

const MOST_DAYS = 3_650;
/** Somebody who asks for days wants to see more than one. */
const DAYS_OF: Record<CostsBy, number> = { job: 1, stage: 1, model: 1, day: 7 };

export async function costs(desk: Desk, name: string | undefined, options: { by: CostsBy; days?: string }): Promise<void> {
  const { by } = options;
  const days = options.days === undefined ? DAYS_OF[by] : wholeNumber(options.days, '--days', { from: 1, to: MOST_DAYS });
  const view = await reading(desk, (db) => {
    const status = statusOf(desk, db);
    return readCosts(db, desk.clock.now(), { by, days, ...(name !== undefined && { job: jobNamed(status, name).id }) });
  });
  if (desk.terminal.json) return desk.terminal.document(view);
  desk.terminal.print(...lines(view, name, desk));
}

function lines(view: CostsView, name: string | undefined, { terminal, clock }: Desk): string[] {
  const { by, from, to, tz, until, dailyCostLimit, total, costs } = view;
  const now = clock.now();
  const limit = name === undefined && from === to && dailyCostLimit !== null ? ` of ${usd(dailyCostLimit)}` : '';
  const when = from === to ? `${to} in ${tz}; the next day begins ${moment(until, now)}` : `from ${from} to ${to} in ${tz}`;
  return [
    `${terminal.paint('bold', `${usd(total.costUsd)}${limit}`)}${total.reservedUsd > 0 ? `, and ${usd(total.reservedUsd)} reserved` : ''}: ${when}`,
    ...(total.unpriced > 0 ? [terminal.paint('red', `${total.unpriced} ${total.unpriced === 1 ? 'call' : 'calls'} of models without a known price are not counted: give them a price under models in jobs.yaml`)] : []),
    ...(costs.length > 0 ? ['', ...table(costs, by === 'model' ? [...ofModels, ...columns] : columns)] : []),
  ];
}

/** Nothing where nothing is. */
const some = (dollars: number): string => (dollars > 0 ? usd(dollars) : '');

const ofModels: Column<CostView>[] = [
  { head: 'MODEL', text: ({ model }) => model ?? 'no model' },
  { head: 'CALLS', text: ({ calls }) => calls ?? '', align: 'right' },
  { head: 'IN', text: ({ tokensIn }) => tokensIn ?? '', align: 'right' },
  { head: 'OUT', text: ({ tokensOut }) => tokensOut ?? '', align: 'right' },
];

const columns: Column<CostView>[] = [
  { head: 'DAY', text: ({ day }) => day ?? '' },
  { head: 'JOB', text: ({ job }) => job ?? '' },
  { head: 'STAGE', text: ({ stage }) => stage ?? '' },
  { head: 'COST', text: ({ costUsd }) => usd(costUsd), align: 'right' },
  { head: 'OF', text: ({ dailyCostLimit }) => (dailyCostLimit === undefined ? '' : usd(dailyCostLimit)), align: 'right' },
  { head: 'RESERVED', text: ({ reservedUsd }) => some(reservedUsd), align: 'right' },
  { head: 'LOST', text: ({ lostUsd }) => some(lostUsd), align: 'right' },
  { head: 'UNPRICED', text: ({ unpriced }) => unpriced || '', align: 'right' },
];
