/** Everything about one item, on one screen: as it is, or as it was. */
import type { ComponentChildren } from 'preact';
import type { ShownItem } from '../../../protocol.ts';
import { counted, dateTime, exactTime, plain, span, usd } from '../../format.ts';
import { beat } from '../../model.ts';
import { to } from '../../route.ts';
import { clock, isPast, shownSeq } from '../../time.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Json } from '../../ui/json.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Why } from '../../ui/why.tsx';
import { useAnswer } from '../../use-answer.ts';
import { Actions } from './actions.tsx';
import { Attempts, openAttempt } from './attempts.tsx';
import { needsOf } from './needs-of.ts';
import { waterfall, type Part } from './waterfall.ts';

const LACKS = new Set(['resource_full', 'resource_rate', 'pacing']);

export const Item = ({ id }: { id: number }) => (isPast.value ? <Then id={id} seq={shownSeq.value!} /> : <Now id={id} />);

function Now({ id }: { id: number }) {
  const { view, error } = useAnswer({ type: 'item', id }, beat.value);
  if (!view) return <Missing error={error} />;
  const isDone = Object.values(view.stages).every(({ state }) => state === 'done' || state === 'skipped');
  return (
    <Page item={view}>
      <Actions item={view} />
      {!isDone && <Why about={{ item: id }} />}
    </Page>
  );
}

/** What may be done with it, and what keeps it, are questions of now. */
function Then({ id, seq }: { id: number; seq: number }) {
  const { view, error } = useAnswer({ type: 'itemAt', id, seq });
  if (!view) return <Missing error={error} />;
  const doubts = Object.entries(view.stages).flatMap(([stage, { doubt }]) => (doubt === undefined ? [] : [`${stage} was ${doubt}`]));
  return (
    <Page item={view}>
      {[...doubts, ...view.notes].map((note) => <p key={note} class="note unkept">{note}</p>)}
    </Page>
  );
}

const Missing = ({ error }: { error: string | undefined }) =>
  error === undefined ? <p class="empty">{isPast.value ? 'Going back to that moment.' : 'Reading the item.'}</p> : <p class="empty bad">{error}. <a href={to('items')}>All items</a></p>;

function Page({ item: view, children }: { item: ShownItem; children: ComponentChildren }) {
  const { id, job, key, title, data, createdAt, stages, priority } = view;
  const cost = Object.values(stages).reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
  return (
    <article class="item">
      <header>
        <p class="dim"><a href={to('items', '', { filter: `job:${job}` })}>{job}</a> / {id}</p>
        <h2 dir="auto">{title ?? key}</h2>
        <p class="dim"><code dir="auto">{key}</code> · found {dateTime(createdAt)}{priority !== 0 && !isPast.value && ` · priority ${plain(priority)}`}{cost > 0 && ` · ${usd(cost)}`}</p>
      </header>
      {children}
      <Waterfall item={view} />
      <Attempts item={view} />
      <section><h3>What was found</h3><div class="json-tree"><Json value={data} /></div></section>
      <CopyLine line={`npx jobctl item ${id}`} />
    </article>
  );
}

const PART_WORDS: Record<Part['kind'], string> = { queued: 'queued', held: 'waits for a resource', backoff: 'waits to be tried again', running: 'ran' };

/** Each attempt where it was in time, and what came between. */
function Waterfall({ item }: { item: ShownItem }) {
  const isReady = Object.values(item.stages).some(({ state }) => state === 'ready');
  const { view: why } = useAnswer(isReady ? { type: 'why', item: item.id } : undefined, beat.value);
  const held = new Set((why?.explanations ?? []).filter(({ cause }) => LACKS.has(cause)).map(({ what }) => what.split(' at ').at(-1)!));
  const { begin, end, lanes } = waterfall(item, (stage) => needsOf(item.job, stage), clock.value, held);
  const percent = (ms: number) => `${(ms / (end - begin)) * 100}%`;
  return (
    <section class="waterfall" aria-label="Where the time went">
      <h3>Where the time went, {span(end - begin)} <span class="dim fall-legend">{(['queued', 'held', 'backoff'] as const).map((kind) => <span key={kind}><i class={`part ${kind}`} /> {PART_WORDS[kind]}</span>)}</span></h3>
      <ol>
        {lanes.map(({ stage, parts }) => {
          const { state, attempts, costUsd, error, reason, dueAt, parked, doubt } = item.stages[stage]!;
          return (
            <li key={stage}>
              <span class="name" title={stage}>{stage}</span>
              <span class="fall">
                {parts.map(({ kind, from, to, outcome, attempt }) => {
                  const style = { left: `min(${percent(from - begin)}, 100% - 3px)`, width: percent(to - from) };
                  const when = `${span(to - from)}, from ${exactTime(from)}`;
                  if (kind !== 'running') return <i key={`${kind} ${from}`} class={`part ${kind}`} style={style} title={`${PART_WORDS[kind]}, ${when}`} />;
                  const title = `attempt ${attempt}: ${outcome}, ${when}${heardOf(item, stage, attempt!)}`;
                  return <button key={`ran ${from}`} class={`part running ${outcome === 'running' ? 'now' : outcome}`} style={style} title={title} aria-label={title} onClick={() => openAttempt(stage, attempt!)} />;
                })}
              </span>
              <Pill state={state} />
              <span class="dim why" dir="auto" title={doubt ?? error?.message ?? reason}>
                {[parked && 'parked', attempts > 1 && `${plain(attempts)} attempts`, costUsd !== undefined && usd(costUsd), dueAt !== undefined && `again at ${dateTime(dueAt)}`, doubt, error?.message ?? reason].filter(Boolean).join(' · ')}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What can be read of the attempt below. */
function heardOf({ attempts, calls = [] }: ShownItem, stage: string, nth: number): string {
  const { lines = 0, requests = 0 } = attempts.find((one) => one.stage === stage && one.attempt === nth) ?? {};
  const asked = calls.filter((call) => call.stage === stage && call.attempt === nth).length;
  const parts = [lines > 0 && counted(lines, 'line'), requests > 0 && counted(requests, 'request'), asked > 0 && counted(asked, 'call of models', 'calls of models')].filter(Boolean);
  return parts.length === 0 ? '' : ` · ${parts.join(', ')}`;
}
