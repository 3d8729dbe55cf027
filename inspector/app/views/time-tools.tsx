/** What can be made of a moment of one actor. Only a rewind changes anything, and says first what. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { ActorThenView, ChangeView, Query, Views } from '../../protocol.ts';
import { dateTime, exactTime } from '../format.ts';
import { act, readOnly, say, wire } from '../model.ts';
import { to } from '../route.ts';
import { saidOf } from '../send.ts';
import { leave } from '../time.ts';
import { CopyLine } from '../ui/copy.tsx';
import type { Asked } from '../wire.ts';

/** What is tried. `payload`: as it was typed; `atOnce`: it was clicked on the chart. */
export const trial = signal<{ event: string; payload?: string; atOnce?: true } | undefined>(undefined);

type Result<View> = { view?: View; error?: string } | undefined;

/** Asked on demand, and forgotten when what it was asked of changes. */
function useOnDemand<Type extends Query['type']>(of: string): [Result<Views[Type]>, (query: Asked<Type>) => void] {
  const [result, setResult] = useState<{ of: string; result: Result<Views[Type]> }>();
  const ask = (query: Asked<Type>) => void wire.ask(query).then((view) => setResult({ of, result: { view } }), (error: Error) => setResult({ of, result: { error: error.message } }));
  return [result?.of === of ? result.result : undefined, ask];
}

// ---------------------------------------------------------------- what if

export function WhatIf({ view: { path, step, offers = [] } }: { view: ActorThenView }) {
  const [result, ask] = useOnDemand<'whatif'>(`${path} ${step.seq}`);
  const [mistake, setMistake] = useState<string>();
  const { event = offers.find(({ accepted }) => accepted)?.event ?? '', payload, atOnce } = trial.value ?? {};
  const text = payload ?? textOf(saidOf(event));
  const fields = offers.find((offer) => offer.event === event)?.payload ?? [];
  const tryIt = () => {
    const parsed = payloadIn(text);
    setMistake(parsed === undefined ? 'the payload must be a JSON object, as in {"reason": "lunch"}' : undefined);
    if (parsed) ask({ type: 'whatif', path, seq: step.seq, event: { ...parsed, type: event } });
  };
  useEffect(() => {
    if (atOnce) tryIt();
  }, [trial.value, step.seq]);
  return (
    <details class="time-tool what-if" open>
      <summary>What if it had been told …</summary>
      <div>
        <div class="row">
          <input list="what-if-events" aria-label="Event" placeholder="PAUSE" value={event} onInput={({ currentTarget }) => (trial.value = { event: currentTarget.value.trim() })} />
          <datalist id="what-if-events">{offers.map((offer) => <option key={offer.event} value={offer.event} />)}</datalist>
          <button disabled={event === ''} title={event === '' ? 'Name an event first' : undefined} onClick={tryIt}>Try</button>
          <span class="dim">nothing is done</span>
        </div>
        <textarea rows={2} aria-label="Payload" placeholder="{}" value={text} onInput={({ currentTarget }) => (trial.value = { event, payload: currentTarget.value })} />
        {fields.length > 0 && <p class="dim">It may hold {fields.map(({ name, kind, required }) => `${name} (${kind}${required ? ', needed' : ''})`).join(', ')}.</p>}
        {event !== '' && <CopyLine line={`npx jobctl whatif ${path} ${event}${text.trim() === '' ? '' : ` '${text.trim()}'`} --at ${step.seq}`} />}
        {mistake !== undefined && <p class="bad">{mistake}</p>}
        {result?.error !== undefined && <p class="bad">{result.error}</p>}
        {result?.view && <Outcome view={result.view} />}
      </div>
    </details>
  );
}

const textOf = (payload: object): string => (Object.keys(payload).length === 0 ? '' : JSON.stringify(payload));

function payloadIn(text: string): object | undefined {
  try {
    const value = JSON.parse(text.trim() || '{}') as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function Outcome({ view: { taken, why, doubt, active, changes, effects } }: { view: Views['whatif'] }) {
  const wanted = effects.filter(({ type }) => type !== 'cancel');
  const innermost = active.filter((id) => !active.some((other) => other.startsWith(`${id}.`)));
  return (
    <div class="outcome" role="status">
      {taken ? <p>It would be in <code>{innermost.join(', ')}</code>.</p> : <p class="wait">It would do nothing: {why}.</p>}
      <Changes all={changes} />
      {wanted.length > 0 && <p class="dim">It would ask for: {wanted.map(({ type }) => type).join(', ')}</p>}
      {doubt !== undefined && <p class="doubt">{doubt}</p>}
    </div>
  );
}

function Changes({ all }: { all: readonly ChangeView[] }) {
  if (all.length === 0) return null;
  return (
    <ul class="changes">
      {all.map(({ at, before, after }) => (
        <li key={at}>{at} {before !== undefined && <del>{inShort(before)}</del>} <span aria-label="becomes">→</span> {after === undefined ? <span class="dim">nothing</span> : <ins>{inShort(after)}</ins>}</li>
      ))}
    </ul>
  );
}

/** Times in a context are ms since the epoch: such numbers are read as times. */
const inTimes = (_: string, value: unknown): unknown => (typeof value === 'number' && value > 1e12 && value < 1e13 ? dateTime(value) : value);

const inShort = (value: unknown): string => {
  const text = JSON.stringify(value, inTimes);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

// ---------------------------------------------------------------- replay

export function Replay({ path }: { path: string }) {
  const [result, ask] = useOnDemand<'replay'>(path);
  return (
    <details class="time-tool replay">
      <summary>Replay its journal over today's machine</summary>
      <div>
        <div class="row"><button onClick={() => ask({ type: 'replay', path })}>Replay</button> <CopyLine line={`npx jobctl replay ${path}`} /></div>
        {result?.error !== undefined && <p class="bad">{result.error}</p>}
        {result?.view && <Replayed view={result.view} />}
      </div>
    </details>
  );
}

function Replayed({ view: { ok, entries, problem, first, changes } }: { view: Views['replay'] }) {
  if (ok) return <p class="good" role="status">Equal: what is stored follows from its {entries} events.</p>;
  return (
    <div role="status">
      <p class="bad">{problem ?? 'It differs.'}</p>
      {first && <p>First at <a href={to('events', '', { seq: first.seq })}>event {first.seq}</a>, {exactTime(first.at)}: <code>{first.type}</code> does today</p>}
      {first && <Changes all={first.changes} />}
      {changes && <><p class="dim">from what is stored to what comes out</p><Changes all={changes} /></>}
    </div>
  );
}

// ---------------------------------------------------------------- rewind

export function Rewind({ view: { path, step } }: { view: ActorThenView }) {
  const [preview, look] = useOnDemand<'rewind'>(`${path} ${step.seq}`);
  const problem = preview?.view?.problem;
  const rewind = async () => {
    await act({ type: 'REWIND', path, to: step.seq }, `${path}: went back to ${exactTime(step.at)}`);
    leave();
  };
  return (
    <details class="time-tool rewind">
      <summary>Rewind: let it go on from here</summary>
      <div>
        <p class="dim">Only its own state goes back. Items, outputs and what was done stay as they are.</p>
        <div class="row">
          <button onClick={() => look({ type: 'rewind', path, to: step.seq })}>What would change</button>
          {preview?.view && problem === undefined && preview.view.changes.length > 0 && <button class="primary" disabled={readOnly.value} title={readOnly.value ? 'This link only looks' : undefined} onClick={() => void rewind()}>Rewind it</button>}
          <CopyLine line={`npx jobctl rewind ${path} --to ${step.seq}`} />
        </div>
        {preview?.error !== undefined && <p class="bad">{preview.error}</p>}
        {problem !== undefined && <p class="bad" role="status">It cannot go back: {problem}.</p>}
        {preview?.view && <div role="status">{preview.view.changes.length === 0 ? <p>It stands there now.</p> : <Changes all={preview.view.changes} />}</div>}
      </div>
    </details>
  );
}

// ---------------------------------------------------------------- copy as test

/** A test of so many events can be read. */
const USUAL_EVENTS = 20;

export function CopyAsTest({ view: { path, step } }: { view: ActorThenView }) {
  const [result, ask] = useOnDemand<'exportTest'>(`${path} ${step.seq}`);
  const make = async (events: number | undefined) => {
    const { upTo } = await wire.ask({ type: 'moments', path, seq: step.seq, limit: (events ?? 0) + 1 });
    const begin = events === undefined ? 0 : (upTo[events]?.[0] ?? 0);
    ask({ type: 'exportTest', path, from: begin, to: step.seq });
  };
  return (
    <details class="time-tool copy-as-test">
      <summary>Copy as test</summary>
      <div>
        <p class="dim">A vitest file for <code>test/incidents/</code> that ends where the actor stands here.</p>
        <div class="row">
          <button onClick={() => void make(USUAL_EVENTS)}>Its last {USUAL_EVENTS} events</button>
          <button onClick={() => void make(undefined)}>Its whole life</button>
        </div>
        {result?.error !== undefined && <p class="bad">{result.error}</p>}
        {result?.view && (
          <>
            <div class="row"><button class="primary" onClick={() => void copy(result.view!.source)}>Copy</button><CopyLine line={result.view.line} /></div>
            <pre tabIndex={0} aria-label="The test">{result.view.source}</pre>
          </>
        )}
      </div>
    </details>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say('the test is in the clipboard');
  } catch {
    say('the browser does not let this page copy: select the text and copy it', { failed: true });
  }
}
