/** Errors by their kind: what the doctor makes of each, what it did, and how an operator corrects it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { DoctorActionView, ErrorClass, ErrorKind, ErrorPlace, ErrorSample, ErrorsView as Page } from '../../protocol.ts';
import { ago, count, dateTime, plain, span, usd } from '../format.ts';
import { act, status } from '../model.ts';
import { go, route, to } from '../route.ts';
import { clock, isPast, locked, pace, shownSeq } from '../time.ts';
import { Bars } from '../ui/bars.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { ACTIONS, CLASSES, Followed, RISK_TONES, Verdict } from '../ui/verdict.tsx';
import { useAnswer } from '../use-answer.ts';
import './errors.css';

const MESSAGE_SIGNS = { sent: '✓', waiting: '◷', failed: '✕', dropped: '–' };

export function ErrorsView() {
  const { query, rest } = route.value;
  const [text, before] = [query.get('text') ?? '', Number(query.get('before')) || undefined];
  const asked = { ...(text && { text }), ...(before !== undefined && { before }) };
  const seq = shownSeq.value;
  const { view, error } = useAnswer(seq === undefined ? { type: 'errors', ...asked } : { type: 'errorsAt', seq, ...asked }, pace.value);
  const address = (change: Record<string, string | number | undefined>, of = rest) => to('errors', of, { text, before, ...change });
  // A link from a notification, or from an item, leads to one that may not be on this page.
  const isElsewhere = rest !== '' && view?.errors.every(({ fingerprint }) => fingerprint !== rest);
  return (
    <div class="errors">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>Error <input data-filter type="search" size={30} placeholder="part of it, or its fingerprint" value={text} onChange={(event) => go(address({ text: event.currentTarget.value.trim(), before: undefined }, ''))} /></label>
        {before === undefined ? <span class="dim">met last first</span> : <a class="button" href={address({ before: undefined })}>Back to the newest</a>}
        <Consulted view={view} />
      </form>
      {error !== undefined && <p class="bad">{error}</p>}
      {isElsewhere && <Alone fingerprint={rest} close={address({}, '')} />}
      {view?.errors.length === 0 && <NoErrors text={text} />}
      <ul class="kinds">{view?.errors.map((kind) => <Kind key={kind.fingerprint} kind={kind} isOpen={kind.fingerprint === rest} href={address({}, kind.fingerprint === rest ? '' : kind.fingerprint)} />)}</ul>
      {view?.next !== undefined && <a class="button" href={address({ before: view.next }, '')}>Older</a>}
      {view && view.actions.length > 0 && <Actions title="What the doctor did last" actions={view.actions} line="npx jobctl doctor log" />}
    </div>
  );
}

function NoErrors({ text }: { text: string }) {
  if (text !== '') return <p class="empty">No error holds “{text}”.</p>;
  return (
    <section class="empty">
      <h2>{isPast.value ? 'No error had been met by then' : 'No error was met yet'}</h2>
      <p>What attempts end with comes here by its kind, with what the doctor makes of it: whether it passes, is the fault of one item, or holds the job.</p>
      <pre>npx jobctl doctor</pre>
    </section>
  );
}

/** What asking models has come to. */
function Consulted({ view }: { view: Page | undefined }) {
  if (!view?.failures) return null;
  const asked = (view.models ?? []).map(({ model, verdicts, costUsd, ms }) => `; ${model} was asked about ${plain(verdicts)}, mostly for ${usd(costUsd.p50)} in ${span(ms.p50)}`);
  return <span class="dim">{plain(view.failures)} failures judged{asked.join('')}</span>;
}

function useKind(fingerprint: string) {
  const seq = shownSeq.value;
  return useAnswer(seq === undefined ? { type: 'error', fingerprint } : { type: 'errorAt', seq, fingerprint }, pace.value);
}

function Alone({ fingerprint, close }: { fingerprint: string; close: string }) {
  const { view, error } = useKind(fingerprint);
  if (error !== undefined) return <p class="empty bad">{error}. <a class="button" href={close}>All errors</a></p>;
  return view ? <ul class="kinds"><Kind kind={view} isOpen href={close} /></ul> : null;
}

function Kind({ kind, isOpen, href }: { kind: ErrorKind; isOpen: boolean; href: string }) {
  const { fingerprint, name, message, n, orMore, firstAt, lastAt, verdict, looked, places, histogram, action, told, held } = kind;
  return (
    <li class={`kind ${CLASSES[verdict.class].tone}-edge`} aria-label={fingerprint}>
      <header>
        <a class="what" data-row href={href} aria-expanded={isOpen}><strong dir="auto">{name}</strong> <span dir="auto">{message}</span></a>
        <span class="how-often"><b>{count(n)}{orMore && '+'}×</b> <Bars of={histogram} /></span>
        <span class="when"><span title={dateTime(lastAt)}>{ago(lastAt, clock.value)}</span><span class="dim" title={dateTime(firstAt)}>first {ago(firstAt, clock.value)}</span></span>
      </header>
      <Verdict verdict={verdict} />
      <p class="followed">
        {action && <Followed action={action} />}
        {held.map((job) => <a key={job} class="bad" href={to('breakers')}>{isPast.value ? 'held' : 'holds'} {job}</a>)}
        {told.map(({ target, state, at, reason }) => <span key={target} class={state === 'failed' ? 'bad' : 'dim'} title={[dateTime(at), reason].filter(Boolean).join(': ')}>{MESSAGE_SIGNS[state]} {target} {state === 'sent' ? 'was told' : state === 'waiting' ? 'is still to be told' : state === 'failed' ? 'could not be told' : 'did not have to be told'}</span>)}
      </p>
      <ul class="places"><Some of={places} most={MOST_PLACES} what="places" row={(place) => <Place key={`${place.job}/${place.stage}`} place={place} fingerprint={fingerprint} isPart={looked < n} />} /></ul>
      <Correct kind={kind} />
      {isOpen && <Detail fingerprint={fingerprint} looked={looked} n={n} />}
    </li>
  );
}

/** More of them hide what else is said. */
const [MOST_PLACES, MOST_RETRIES] = [5, 3];

/** The first of many, and the others when they are asked for. */
function Some<Of>({ of: all, most, what, row }: { of: readonly Of[]; most: number; what: string; row(one: Of): ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || all.length <= most + 1 ? all : all.slice(0, most);
  return <>{shown.map(row)}{shown.length < all.length && <li class="more"><button class="link" onClick={() => setOpen(true)}>and {plain(all.length - shown.length)} more {what}</button></li>}</>;
}

function Place({ place: { job, stage, items, failed }, fingerprint, isPart }: { place: ErrorPlace; fingerprint: string; isPart: boolean }) {
  return (
    <li>
      <a href={to('items', '', { filter: `job:${job} stage:${stage} fingerprint:${fingerprint}` })} title={isPart ? 'Of its latest attempts' : 'The items whose last attempt ended so'}>
        {job} {stage}: {plain(items)}{isPart && '+'} {items === 1 ? 'item' : 'items'}{failed > 0 && <b class="bad">, {plain(failed)} failed</b>}
      </a>
    </li>
  );
}

/** What an operator may say and do about it. */
function Correct({ kind: { fingerprint, verdict, places } }: { kind: ErrorKind }) {
  const [chosen, choose] = useState<ErrorClass | ''>('');
  const isSettled = verdict.by === 'operator';
  const failed = [...Map.groupBy(places, ({ job }) => job)].map(([job, those]) => ({ job, n: those.reduce((sum, { failed }) => sum + failed, 0) })).filter(({ n }) => n > 0);
  const reclassify = (to: ErrorClass) => {
    choose('');
    return act({ type: 'RECLASSIFY', fingerprint, class: to, reason: 'corrected in the inspector' }, `errors of this kind are ${to} from now on`);
  };
  return (
    <div class="correct">
      <button disabled={isSettled || locked.value !== undefined} title={locked.value ?? (isSettled ? 'You have said so already' : 'From now on it is certain, and nobody is asked again')} onClick={() => void reclassify(verdict.class)}>Agree</button>
      <label class="reclassify">
        <span class="dim">or it is</span>{' '}
        <select value={chosen} disabled={locked.value !== undefined} title={locked.value} onChange={(event) => choose(event.currentTarget.value as ErrorClass)} aria-label={`What ${fingerprint} is instead`}>
          <option value="">…</option>
          {Object.entries(CLASSES).filter(([name]) => name !== verdict.class).map(([name, { means }]) => <option key={name} value={name}>{name}: {means}</option>)}
        </select>
      </label>
      <button disabled={chosen === '' || locked.value !== undefined} title={locked.value ?? (chosen === '' ? 'Choose what it is instead' : 'This becomes a rule: in force at once')} onClick={() => chosen !== '' && void reclassify(chosen)}>Reclassify</button>
      <ul class="retries"><Some of={failed} most={MOST_RETRIES} what="jobs to retry in" row={({ job, n }) => <li key={job}><button disabled={locked.value !== undefined} title={locked.value ?? 'One task first, then ten, then all, as long as none fails in the same way'} onClick={() => void act({ type: 'RETRY', job, where: [{ field: 'fingerprint', is: '=', value: fingerprint }], canary: true }, `${job}: redoes what failed by ${fingerprint}, with care`)}>Retry {plain(n)} in {job}</button></li>} /></ul>
      {!isPast.value && <Canaries fingerprint={fingerprint} />}
    </div>
  );
}

/** How redoing it with care goes. */
function Canaries({ fingerprint }: { fingerprint: string }) {
  const under = (status.value?.jobs ?? []).flatMap(({ id, canaries = [] }) => canaries.filter((one) => one.fingerprint === fingerprint).map((canary) => ({ job: id, ...canary })));
  return (
    <>
      {under.map(({ job, state, said }) => {
        const path = `job/${job}/canary/${fingerprint}`;
        return <span key={job} class={state === 'stopped' ? 'bad' : 'wait'}><a href={to('actors', path)}>{job}: {said}</a> <button disabled={locked.value !== undefined} title={locked.value} onClick={() => void act({ type: 'SEND', path, event: { type: 'STOP_CANARY' } }, `${job}: ${state === 'stopped' ? 'that is put aside' : 'no more is redone'}`)}>{state === 'stopped' ? 'Dismiss' : 'Stop'}</button></span>;
      })}
    </>
  );
}

function Detail({ fingerprint, looked, n }: { fingerprint: string; looked: number; n: number }) {
  const { view, error } = useKind(fingerprint);
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!view) return <p class="dim">Reading.</p>;
  return (
    <div class="detail">
      {looked < n && <p class="dim">Items, failed tasks and bars are of its latest {plain(looked)} attempts.</p>}
      <Samples samples={view.samples} />
      {view.actions.length > 0 && <Actions title="What was done about it" actions={view.actions} />}
      <div class="lines"><CopyLine line={`npx jobctl doctor reclassify ${fingerprint} ${view.verdict.class}`} />{[...new Set(view.places.map(({ job }) => job))].map((job) => <CopyLine key={job} line={`npx jobctl retry ${job} --fingerprint ${fingerprint}`} />)}</div>
    </div>
  );
}

function Samples({ samples }: { samples: readonly ErrorSample[] }) {
  if (samples.length === 0) return <p class="dim">None of its attempts is kept any more.</p>;
  return (
    <section>
      <h3>Its latest attempts</h3>
      <ol class="samples">
        {samples.map(({ item, key, title, job, stage, attempt, at, message }) => (
          <li key={`${item} ${stage} ${attempt}`}>
            <span class="time" title={dateTime(at)}>{ago(at, clock.value)}</span>
            <a href={to('items', String(item))} dir="auto">{title ?? key}</a>
            <span class="dim">{job} {stage}, attempt {attempt}</span>
            <code dir="auto">{message}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Actions({ title, actions, line }: { title: string; actions: readonly DoctorActionView[]; line?: string }) {
  return (
    <section class="doctor-log">
      <h3>{title}</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead><tr><th scope="col">when</th><th scope="col">risk</th><th scope="col">where</th><th scope="col">what</th><th scope="col">class</th><th scope="col">by</th><th scope="col">over</th><th scope="col" class="n">cost</th><th scope="col" class="n">took</th><th scope="col">error</th><th scope="col">why</th></tr></thead>
          <tbody>
            {actions.map(({ id, at, risk, job, stage, action, lasts, class: is, by, until, endedAt, costUsd, ms, fingerprint, reason }) => (
              <tr key={id}>
                <td class="time" title={dateTime(at)}>{ago(at, clock.value)}</td><td class={RISK_TONES[risk]}>{risk}</td><td>{job === null ? '' : `${job} ${stage}`}</td><td>{ACTIONS[action]}</td><td>{is}</td><td>{by}</td>
                <td>{!lasts ? '' : endedAt !== null ? ago(endedAt, clock.value) : until !== null && until > clock.value ? `in ${span(until - clock.value)}` : <b class="bad">no</b>}</td>
                <td class="n">{costUsd > 0 ? usd(costUsd) : ''}</td><td class="n">{ms > 0 ? span(ms) : ''}</td><td><a href={to('errors', fingerprint)}><code>{fingerprint}</code></a></td><td class="reason" dir="auto">{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {line !== undefined && <CopyLine line={line} />}
    </section>
  );
}
