/** `jobctl discovery JOB`: what it looks at, what the last polls met, and what was decided on each key. */
import type { DiscoveryView, PollView, SeenKeyView } from '../../../inspector/protocol.ts';
import { readDiscovery, type KeyDecision } from '../../store/discovery-view.ts';
import type { Desk } from '../desk.ts';
import { jobNamed } from '../named.ts';
import { wholeNumber } from '../number.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { oneLine } from '../text.ts';
import { moment, span } from '../time.ts';

const MOST = 10_000;

export async function discovery(desk: Desk, name: string, options: { decision?: string; limit: string }): Promise<void> {
  const limit = wholeNumber(options.limit, '--limit', { from: 1, to: MOST });
  // Commander has checked it against the same list.
  const decision = options.decision === undefined ? {} : { decision: options.decision as KeyDecision };
  const view = await reading(desk, (db) => readDiscovery(db, jobNamed(statusOf(desk, db), name).id, { limit, ...decision }));
  if (desk.terminal.json) return desk.terminal.document(view);
  desk.terminal.print(...lines(view, desk));
}

function lines(view: DiscoveryView, { terminal, clock }: Desk): string[] {
  const now = clock.now();
  const counts = Object.entries(view.decisions).map(([decision, n]) => `${n} ${decision.replaceAll('_', ' ')}`).join(', ');
  return [
    `${terminal.paint('bold', oneLine(view.job))}  ${oneLine(view.strategy)}, every ${span(view.everyMs)}: ${view.state}${view.nextAt !== null && view.nextAt > now ? `, looks again ${moment(view.nextAt, now)}` : ''}`,
    ...(view.error ? [terminal.paint('red', `  failed ${view.failures === 1 ? 'once' : `${view.failures} times in a row`}: ${oneLine(`${view.error.name}: ${view.error.message}`)}`)] : []),
    ...(view.polls.length > 0 ? ['', ...table(view.polls, pollColumns(now))] : []),
    '',
    ...(view.keys.length > 0 ? table(view.keys, keyColumns(now)) : ['no key was met yet']),
    ...(counts ? [terminal.paint('dim', `of all keys: ${counts}`)] : []),
  ];
}

function pollColumns(now: number): Column<PollView>[] {
  const found = (decision: 'new' | 'seen' | 'filtered'): Column<PollView> => ({ head: decision.toUpperCase(), text: (poll) => poll.found?.[decision] ?? '', align: 'right' });
  return [
    { head: 'LOOKED', text: ({ at }) => moment(at, now) },
    ...(['new', 'seen', 'filtered'] as const).map(found),
    { head: 'ERROR', text: ({ error }) => (error ? `${error.name}: ${error.message}` : ''), most: 80 },
  ];
}

function keyColumns(now: number): Column<SeenKeyView>[] {
  return [
    { head: 'KEY', text: ({ key }) => key, most: 60 },
    { head: 'DECISION', text: ({ decision }) => decision.replaceAll('_', ' ') },
    { head: 'ITEM', text: ({ item }) => item ?? '', align: 'right' },
    { head: 'TIMES', text: ({ times }) => times, align: 'right' },
    { head: 'LAST', text: ({ lastAt }) => moment(lastAt, now) },
    { head: 'BECAUSE', text: ({ reason }) => reason ?? '', most: 60 },
  ];
}
