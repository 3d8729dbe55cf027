/** Everything about one item. */
import type { AttemptView, ItemDetail, TaskView } from '../../../protocol.ts';
import { dateTime, exactTime, plain, span, usd } from '../../format.ts';
import { act, beat, now, status } from '../../model.ts';
import { to } from '../../route.ts';
import { Json } from '../../ui/json.tsx';
import { Pill, toneOf } from '../../ui/pill.tsx';
import { Why } from '../../ui/why.tsx';
import { useAnswer } from '../../use-answer.ts';

export function Item({ id }: { id: number }) {
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
