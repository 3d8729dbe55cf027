/** All actors beside each other, the busiest, the most often started again or the last told first. */
import type { ActorLine } from '../../protocol.ts';
import { ago, count, dateTime } from '../format.ts';
import { beat, now } from '../model.ts';
import { here, route, to } from '../route.ts';
import { useAnswer } from '../use-answer.ts';

type Column = { key: string; head: string; title: string; of(actor: ActorLine): number };
/** What it can be sorted by, the largest first. */
const SORTED: readonly Column[] = [
  { key: 'rate', head: 'events/s', title: 'Events a second in the last 10 s', of: ({ perSecond = 0 }) => perSecond },
  { key: 'mailbox', head: 'mailbox', title: 'Events that wait for it', of: ({ mailbox = 0 }) => mailbox },
  { key: 'restarts', head: 'restarts', title: 'How often it died and was started again', of: ({ restarts }) => restarts?.count ?? 0 },
  { key: 'last', head: 'last event', title: 'What it was told last', of: ({ last }) => last?.at ?? 0 },
];

export function ActorTable() {
  const { query } = route.value;
  const { view, error } = useAnswer({ type: 'actors' }, beat.value);
  const by = SORTED.find(({ key }) => key === query.get('sort'));
  const filter = query.get('q') ?? '';
  const found = (view?.actors ?? []).filter(({ path, state }) => path.includes(filter) || state.includes(filter));
  const actors = by ? found.toSorted((a, b) => by.of(b) - by.of(a)) : found;
  return (
    <div class="actor-table">
      {error !== undefined && <p class="bad">{error}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col" aria-sort={by ? undefined : 'ascending'}><a href={here({ sort: undefined })} title="As a tree">actor{!by && ' ▾'}</a></th>
            <th scope="col">machine</th>
            <th scope="col">state</th>
            {SORTED.map(({ key, head, title }) => <th key={key} scope="col" class={key === 'last' ? '' : 'n'} aria-sort={by?.key === key ? 'descending' : undefined}><a href={here({ sort: key })} title={title}>{head}{by?.key === key && ' ▾'}</a></th>)}
          </tr>
        </thead>
        <tbody>{actors.map((actor) => <Row key={actor.path} actor={actor} isTree={!by} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ actor: { path, machine, state, perSecond, mailbox, restarts, last }, isTree }: { actor: ActorLine; isTree: boolean }) {
  const isDown = restarts?.nextAt !== undefined;
  return (
    <tr class={isDown ? 'down' : ''}>
      <td class={isTree && path.split('/').length > 2 ? 'below' : ''}><a data-row href={to('actors', path)}>{path}</a></td>
      <td class="dim">{machine ?? '–'}</td>
      <td class={isDown ? 'bad' : ''}>{state}</td>
      <td class="n">{perSecond === undefined ? '–' : perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}</td>
      <td class={mailbox ? 'n bad' : 'n'}>{mailbox ?? '–'}</td>
      <td class={restarts ? 'n bad' : 'n'} title={restarts && `${restarts.error}, ${dateTime(restarts.lastAt)}`}>{restarts?.count ?? '–'}</td>
      <td>{last ? <><code>{last.type.replace(/^(xstate\.after\.\w+)\..*/, '$1')}</code> <a class="dim" href={to('events', '', { seq: last.seq })} title={dateTime(last.at)}>{ago(last.at, now.value)}</a></> : '–'}</td>
    </tr>
  );
}
