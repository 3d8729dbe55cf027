/** `jobctl resources`: what jobs share, who holds its slots, and who waits for them. */
import type { ResourceUseView, ResourceView } from '../../../inspector/protocol.ts';
import { formatRate } from '../../../actors/units.ts';
import type { Desk } from '../desk.ts';
import { readResourceUse } from '../../store/resource-use-view.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { moment, span } from '../time.ts';

export async function resources(desk: Desk): Promise<void> {
  const { terminal, clock } = desk;
  const all = await reading(desk, (db): Row[] => {
    const { resources = [] } = statusOf(desk, db);
    const use = readResourceUse(db, clock.now(), Object.fromEntries(resources.map(({ name, concurrency }) => [name, concurrency]))).resources;
    return resources.map((resource) => ({ ...resource, lastDay: dayOf(use.find(({ name }) => name === resource.name)!) }));
  });
  if (terminal.json) return terminal.document({ resources: all });
  if (all.length === 0) return terminal.say('jobs share nothing: what they may share stands under `resources:` in jobs.yaml');
  terminal.print(...table(all, columns(desk, clock.now())));
}

type Use = ResourceUseView['resources'][number];
/** `used`: a share of its slots, of the last day. */
type Row = ResourceView & { lastDay: Pick<Use, 'used' | 'starts' | 'waitP95Ms'> };

const dayOf = ({ used, starts, waitP95Ms }: Use): Row['lastDay'] => ({ used, starts, ...(waitP95Ms !== undefined && { waitP95Ms }) });

function columns({ terminal }: Desk, now: number): Column<Row>[] {
  return [
    { head: 'RESOURCE', text: ({ name }) => name, paint: (text) => terminal.paint('bold', text) },
    { head: 'STATE', text: ({ state, breaker }) => (breaker ? `${state}, breaker ${breaker.state}` : state), paint: (text, { state, breaker }) => (breaker ? terminal.paint('red', text) : state === 'contended' ? terminal.paint('yellow', text) : text) },
    { head: 'SLOTS', text: ({ taken, concurrency }) => `${taken} of ${concurrency}`, align: 'right' },
    { head: 'RATE', text: ({ rate }) => (rate ? `${formatRate(rate)}${rate.burst > 1 ? `, ${rate.burst} at once` : ''}` : '') },
    { head: 'USED 24H', text: ({ lastDay }) => `${Math.round(100 * lastDay.used)} %`, align: 'right' },
    { head: 'WAIT P95', text: ({ lastDay: { waitP95Ms } }) => (waitP95Ms === undefined ? '' : span(waitP95Ms)), align: 'right' },
    { head: 'HELD BY', text: ({ holders }) => holders.map(({ job, stage, slots }) => `${job} ${stage}${slots > 1 ? ` ×${slots}` : ''}`).join(', '), most: 60 },
    { head: 'WAITING', text: ({ waiters }) => waiters.map(({ job, stage, since, lacks }) => `${job} ${stage} for ${span(now - since)}${lacks ? `, until it has ${lacks.join(' and ')}` : ''}`).join('; '), most: 80 },
    { head: 'WHY', text: ({ breaker }) => (breaker?.reason === undefined ? '' : `${breaker.reason}; ${breaker.until ? `tried again ${moment(breaker.until, now)}` : 'it is being tried'}`), most: 80 },
  ];
}
