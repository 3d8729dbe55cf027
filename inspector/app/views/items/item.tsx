/** Everything about one item, on one screen. */
import type { ItemDetail } from '../../../protocol.ts';
import { dateTime, exactTime, plain, span, usd } from '../../format.ts';
import { beat, now } from '../../model.ts';
import { to } from '../../route.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Json } from '../../ui/json.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Why } from '../../ui/why.tsx';
import { useAnswer } from '../../use-answer.ts';
import { Actions } from './actions.tsx';
import { Attempts } from './attempts.tsx';
import { needsOf } from './needs-of.ts';
import { waterfall, type Part } from './waterfall.ts';

const LACKS = new Set(['resource_full', 'resource_rate', 'pacing']);

export function Item({ id }: { id: number }) {
  const { view, error } = useAnswer({ type: 'item', id }, beat.value);
  if (error !== undefined) return <p class="empty bad">{error}. <a href={to('items')}>All items</a></p>;
  if (!view) return <p class="empty">Reading the item.</p>;
  const { job, key, title, data, createdAt, stages, calls = [], priority } = view;
  const isDone = Object.values(stages).every(({ state }) => state === 'done' || state === 'skipped');
  const cost = Object.values(stages).reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
  return (
    <article class="item">
      <header>
        <p class="dim"><a href={to('items', '', { filter: `job:${job}` })}>{job}</a> / {id}</p>
        <h2 dir="auto">{title ?? key}</h2>
        <p class="dim"><code dir="auto">{key}</code> · found {dateTime(createdAt)}{priority !== 0 && ` · priority ${plain(priority)}`}{cost > 0 && ` · ${usd(cost)}`}</p>
      </header>
      <Actions item={view} />
      {!isDone && <Why about={{ item: id }} />}
      <Waterfall item={view} />
      <Attempts item={view} />
      {calls.length > 0 && <Calls calls={calls} />}
      <section><h3>What was found</h3><div class="json-tree"><Json value={data} /></div></section>
      <CopyLine line={`npx jobctl item ${id}`} />
    </article>
  );
}

const PART_WORDS: Record<Part['kind'], string> = { queued: 'queued', held: 'waits for a resource', backoff: 'waits to be tried again', running: 'ran' };

/** Each attempt where it was in time, and what came between. */
function Waterfall({ item }: { item: ItemDetail }) {
  const isReady = Object.values(item.stages).some(({ state }) => state === 'ready');
  const { view: why } = useAnswer(isReady ? { type: 'why', item: item.id } : undefined, beat.value);
  const held = new Set((why?.explanations ?? []).filter(({ cause }) => LACKS.has(cause)).map(({ what }) => what.split(' at ').at(-1)!));
  const { begin, end, lanes } = waterfall(item, (stage) => needsOf(item.job, stage), now.value, held);
  const percent = (ms: number) => `${(ms / (end - begin)) * 100}%`;
  return (
    <section class="waterfall" aria-label="Where the time went">
      <h3>Where the time went, {span(end - begin)} <span class="dim fall-legend">{(['queued', 'held', 'backoff'] as const).map((kind) => <span key={kind}><i class={`part ${kind}`} /> {PART_WORDS[kind]}</span>)}</span></h3>
      <ol>
        {lanes.map(({ stage, parts }) => {
          const { state, attempts, costUsd, error, reason, dueAt, parked } = item.stages[stage]!;
          return (
            <li key={stage}>
              <span class="name" title={stage}>{stage}</span>
              <span class="fall">
                {parts.map(({ kind, from, to, outcome, attempt }) => (
                  <i key={`${kind} ${from}`} class={`part ${kind} ${outcome === 'running' ? 'now' : (outcome ?? '')}`} style={{ left: `min(${percent(from - begin)}, 100% - 3px)`, width: percent(to - from) }} title={`${kind === 'running' ? `attempt ${attempt}: ${outcome}` : PART_WORDS[kind]}, ${span(to - from)}, from ${exactTime(from)}`} />
                ))}
              </span>
              <Pill state={state} />
              <span class="dim why" dir="auto" title={error?.message ?? reason}>
                {[parked && 'parked', attempts > 1 && `${plain(attempts)} attempts`, costUsd !== undefined && usd(costUsd), dueAt !== undefined && `again at ${dateTime(dueAt)}`, error?.message ?? reason].filter(Boolean).join(' · ')}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Calls({ calls }: { calls: NonNullable<ItemDetail['calls']> }) {
  const total = calls.reduce((sum, { costUsd, kept }) => sum + (kept ? 0 : (costUsd ?? 0)), 0);
  return (
    <section class="calls">
      <h3>Calls of models <span class="dim">{usd(total)}</span></h3>
      <table>
        <thead><tr><th scope="col">time</th><th scope="col">stage</th><th scope="col">model</th><th scope="col" class="n">in</th><th scope="col" class="n">read before</th><th scope="col" class="n">out</th><th scope="col" class="n">cost</th><th scope="col" class="n">took</th><th scope="col">outcome</th></tr></thead>
        <tbody>
          {calls.map(({ stage, attempt, at, alias, model, tokensIn, tokensOut, tokensCached, costUsd, assumed, kept, ms, outcome, requestId }) => (
            <tr key={`${at} ${stage} ${attempt} ${alias}`}>
              <td class="time" title={dateTime(at)}>{exactTime(at)}</td><td>{stage} {attempt}</td><td title={alias}>{model}</td><td class="n">{figure(tokensIn)}</td><td class="n">{figure(tokensCached)}</td><td class="n">{figure(tokensOut)}</td>
              <td class="n">{kept ? <span title="answered from what was paid before">kept</span> : costUsd === null ? <b class="loud">unpriced</b> : <span title={assumed ? 'the most that it can have cost' : undefined}>{assumed && '≤ '}{usd(costUsd)}</span>}</td>
              <td class="n">{span(ms)}</td><td title={requestId ?? undefined}>{outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const figure = (n: number | null): string => (n === null ? '–' : plain(n));
