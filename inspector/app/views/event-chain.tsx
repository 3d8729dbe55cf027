/** What led to an event, and what it led to. */
import type { Effects, EventView } from '../../protocol.ts';
import { exactTime, plain, span } from '../format.ts';
import { useAnswer } from '../use-answer.ts';

/** Deeper ones stand as far to the right as these. */
const DEEPEST = 8;

type Address = (seq: number) => string;

export function Chain({ seq, choose, close }: { seq: number; choose: Address; close: string }) {
  const { view, error } = useAnswer({ type: 'trace', seq });
  return (
    <aside class="chain" aria-label={`What led to ${seq}, and what it led to`}>
      <header><h2>Causes and effects</h2><a href={close} aria-label="Close">×</a></header>
      {error !== undefined && <p class="bad">{error}</p>}
      {view && (
        <ol>
          {view.moreCauses && <li class="dim">earlier causes: <a href={choose(view.causes[0]!.seq)}>go back to {plain(view.causes[0]!.seq)}</a></li>}
          {view.causes.map((event) => <Link key={event.seq} event={event} from={view.event.at} choose={choose} depth={0} />)}
          {view.causes.length === 0 && <li class="dim">Nothing in the journal led to it.</li>}
          <Link event={view.event} from={view.event.at} choose={choose} depth={0} isChosen />
          {view.effects.length === 0 && <li class="dim">It led to nothing more.</li>}
          {branches(view.effects).map(({ event, depth }) => <Link key={event.seq} event={event} from={view.event.at} choose={choose} depth={depth} />)}
          {view.moreEffects && <li class="dim">and more: choose one of the last</li>}
        </ol>
      )}
      <code class="copy">npx jobctl trace {seq}</code>
    </aside>
  );
}

const branches = (effects: readonly Effects[], depth = 1): { event: EventView; depth: number }[] => effects.flatMap(({ event, effects: further }) => [{ event, depth }, ...branches(further, depth + 1)]);

type LinkProps = { event: EventView; from: number; choose: Address; depth: number; isChosen?: boolean };

function Link({ event: { seq, at, path, event }, from, choose, depth, isChosen = false }: LinkProps) {
  return (
    <li class={`step depth-${Math.min(depth, DEEPEST)} ${isChosen ? 'chosen' : ''}`}>
      <a data-row href={choose(seq)} aria-current={isChosen ? 'true' : undefined} title={exactTime(at)}>
        <code>{event.type.replace(/^(xstate\.after\.\w+)\..*/, '$1')}</code> <span class="dim">{path}</span>
      </a>
      <span class="n dim">{at === from ? plain(seq) : `${at < from ? '−' : '+'}${span(Math.abs(at - from))}`}</span>
    </li>
  );
}
