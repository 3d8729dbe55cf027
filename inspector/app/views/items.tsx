/** What the jobs have found, how far each thing is, and everything about one of them. */
import type { AttemptView, ItemDetail, ItemView, TaskView } from '../../protocol.ts';
import { dateTime, exactTime, plain, span, usd } from '../format.ts';
import { act, beat, now, status } from '../model.ts';
import { go, route, to } from '../route.ts';
import { Json } from '../ui/json.tsx';
import { Pill, toneOf } from '../ui/pill.tsx';
import { Why } from '../ui/why.tsx';
import { useAnswer } from '../use-answer.ts';

const PAGE = 100;
const STATES = ['ready', 'waiting', 'running', 'done', 'failed', 'dead', 'blocked', 'skipped', 'rejected'] as const;

export function ItemsView() {
  const id = Number(route.value.rest) || undefined;
  return id === undefined ? <List /> : <Item key={id} id={id} />;
}

function List() {
  const { query } = route.value;
  const jobs = status.value?.jobs ?? [];
  const job = query.get('job') ?? jobs[0]?.id;
  const [stage, state, after] = [query.get('stage') ?? '', query.get('state') ?? '', query.get('after') ?? ''];
  const asked = job === undefined ? undefined : { type: 'items' as const, job, limit: PAGE, ...(stage && { stage }), ...(state && { state: state as (typeof STATES)[number] }), ...(after && { after: Number(after) }) };
  const { view, error } = useAnswer(asked, beat.value);
  const stages = jobs.find(({ id }) => id === job)?.stages.map(({ name }) => name) ?? [];
  const address = (change: Record<string, string | undefined>) => to('items', '', { job, stage, state, ...change });
  return (
    <div class="items">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Job" value={job ?? ''} of={jobs.map(({ id }) => id)} onChange={(job) => go(to('items', '', { job, state }))} />
        <Choice label="Stage" value={stage} of={stages} any="any" onChange={(stage) => go(address({ stage }))} />
        <Choice label="State" value={state} of={STATES} any="any" onChange={(state) => go(address({ state }))} />
      </form>
      {error !== undefined && <p class="bad">{error}</p>}
      {view?.items.length === 0 && <p class="empty">{job} has no item{stage && ` at ${stage}`}{state && ` that is ${state}`}.</p>}
      <ul class="item-list">{view?.items.map((item) => <ItemRow key={item.id} item={item} stages={stages} />)}</ul>
      {view?.next !== undefined && <a class="button" href={address({ after: String(view.next) })}>More</a>}
    </div>
  );
}

function Choice({ label, value, of, any, onChange }: { label: string; value: string; of: readonly string[]; any?: string; onChange(value: string): void }) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {any !== undefined && <option value="">{any}</option>}
        {of.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </label>
  );
}

function ItemRow({ item: { id, key, title, stages: tasks }, stages }: { item: ItemView; stages: readonly string[] }) {
  const known = [...new Set([...stages.filter((name) => tasks[name]), ...Object.keys(tasks)])];
  const trouble = known.map((name) => tasks[name]!.error?.message ?? tasks[name]!.reason).find(Boolean);
  return (
    <li>
      <a data-row href={to('items', String(id))}>
        <span class="title" dir="auto">{title ?? key}</span>
        <span class="chips">{known.map((name) => <i key={name} class={`chip-state ${toneOf(tasks[name]!.state)}`} title={`${name}: ${tasks[name]!.state}`}>{name}</i>)}</span>
        <span class="dim why" dir="auto">{trouble}</span>
      </a>
    </li>
  );
}

function Item({ id }: { id: number }) {
  const { view, error } = useAnswer({ type: 'item', id }, beat.value);
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Reading the item.</p>;
  const { job, key, title, data, createdAt, stages, attempts, calls = [] } = view;
  const isRetryable = Object.values(stages).some(({ state }) => state === 'failed' || state === 'dead');
  const isDone = Object.values(stages).every(({ state }) => state === 'done' || state === 'skipped');
  return (
    <article class="item">
      <header>
        <p class="dim"><a href={to('items', '', { job })}>{job}</a> / {id}</p>
        <h2 dir="auto">{title ?? key}</h2>
        <p class="dim"><code>{key}</code> · found {dateTime(createdAt)}</p>
        {isRetryable && <button class="primary" onClick={() => void act({ type: 'RETRY', job, items: [id] }, `item ${id}`)}>Retry what failed</button>}
        <code class="copy">npx jobctl item {id}</code>
      </header>
      {!isDone && <Why about={{ item: id }} />}
      <Waterfall attempts={attempts} />
      {Object.entries(stages).map(([name, task]) => <Stage key={name} name={name} task={task} />)}
      {calls.length > 0 && <Calls calls={calls} />}
      <section><h3>What was found</h3><div class="json-tree"><Json value={data} /></div></section>
    </article>
  );
}

/** Each attempt where it was in time. */
function Waterfall({ attempts }: { attempts: readonly AttemptView[] }) {
  if (attempts.length === 0) return null;
  const begin = Math.min(...attempts.map(({ startedAt }) => startedAt));
  const end = Math.max(...attempts.map(({ startedAt, finishedAt }) => finishedAt ?? Math.max(startedAt, now.value)));
  const scale = Math.max(1, end - begin);
  return (
    <section class="waterfall" aria-label="Attempts">
      <h3>Attempts, over {span(end - begin)}</h3>
      <ol>
        {attempts.map(({ stage, attempt, outcome, startedAt, finishedAt, error, reason, costUsd, class: kind }) => (
          <li key={`${stage} ${attempt} ${startedAt}`}>
            <span class="name">{stage} {attempt}</span>
            <span class="bar-row"><i class={`bar ${toneOf(outcome)}`} style={{ marginLeft: `${((startedAt - begin) / scale) * 100}%`, width: `max(3px, ${(((finishedAt ?? end) - startedAt) / scale) * 100}%)` }} title={`${exactTime(startedAt)}, ${span((finishedAt ?? end) - startedAt)}`} /></span>
            <Pill state={outcome} />
            <span class="dim why" dir="auto">{[span((finishedAt ?? end) - startedAt), costUsd !== undefined && usd(costUsd), kind, error?.message ?? reason].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Stage({ name, task: { state, attempts, error, reason, dueAt, output, costUsd } }: { name: string; task: TaskView & { output?: unknown } }) {
  return (
    <section class="item-stage">
      <h3>{name} <Pill state={state} /> <span class="dim">{attempts === 1 ? 'one attempt' : `${plain(attempts)} attempts`}{costUsd !== undefined && `, ${usd(costUsd)}`}</span></h3>
      {error && <p class="error" dir="auto"><strong>{error.name}</strong> {error.message}{error.code !== undefined && <code> {error.code}</code>}</p>}
      {!error && reason !== undefined && <p class="dim" dir="auto">{reason}</p>}
      {dueAt !== undefined && <p class="dim">again at {dateTime(dueAt)}</p>}
      {output !== undefined && <div class="json-tree"><Json value={output} /></div>}
    </section>
  );
}

function Calls({ calls }: { calls: NonNullable<ItemDetail['calls']> }) {
  return (
    <section>
      <h3>Calls of models</h3>
      <table>
        <thead><tr><th scope="col">time</th><th scope="col">stage</th><th scope="col">model</th><th scope="col" class="n">in</th><th scope="col" class="n">out</th><th scope="col" class="n">cost</th><th scope="col" class="n">took</th><th scope="col">outcome</th></tr></thead>
        <tbody>
          {calls.map(({ stage, attempt, at, alias, model, tokensIn, tokensOut, costUsd, kept, ms, outcome }) => (
            <tr key={`${at} ${stage} ${attempt} ${alias}`}>
              <td class="time">{exactTime(at)}</td><td>{stage}</td><td title={alias}>{model}</td><td class="n">{tokensIn === null ? '–' : plain(tokensIn)}</td><td class="n">{tokensOut === null ? '–' : plain(tokensOut)}</td>
              <td class="n">{kept ? 'kept' : costUsd === null ? <b class="loud">unpriced</b> : usd(costUsd)}</td><td class="n">{span(ms)}</td><td>{outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
