/** The attempts of an item, the newest first: what each was given, what it put out and how that differs, why it failed, which files it wrote. */
import { useState } from 'preact/hooks';
import type { AttemptView, ShownItem } from '../../../protocol.ts';
import { ago, counted, dateTime, span, usd } from '../../format.ts';
import { beat } from '../../model.ts';
import { to } from '../../route.ts';
import { clock, isPast, pace, shownSeq } from '../../time.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Json } from '../../ui/json.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Followed, Verdict } from '../../ui/verdict.tsx';
import { useAnswer } from '../../use-answer.ts';
import { Artifacts } from './artifacts.tsx';
import { needsOf } from './needs-of.ts';
import { Said, timeOf } from './said.tsx';

export function Attempts({ item }: { item: ShownItem }) {
  const newestFirst = item.attempts.toReversed();
  const running = Object.entries(item.stages).flatMap(([stage, { state, attempts, startedAt }]) => (state === 'running' && startedAt !== undefined ? [{ stage, attempt: attempts, startedAt }] : []));
  if (newestFirst.length + running.length === 0) return null;
  return (
    <section class="attempts">
      <h3>Attempts, the newest first</h3>
      <ol>{running.map((one) => <Running key={`${one.stage} ${one.attempt}`} item={item} {...one} />)}{newestFirst.map((attempt, n) => <Attempt key={`${attempt.stage} ${attempt.attempt} ${attempt.startedAt}`} item={item} attempt={attempt} isFirst={n === 0} />)}</ol>
    </section>
  );
}

/** From elsewhere on the page: it is shown, and opened. */
export function openAttempt(stage: string, attempt: number): void {
  const place = document.getElementById(placeOf(stage, attempt));
  place?.querySelector('details')?.setAttribute('open', '');
  place?.querySelector('summary')?.focus();
  place?.scrollIntoView({ block: 'nearest' });
}

const placeOf = (stage: string, attempt: number): string => `attempt-${stage}-${attempt}`;
const callsOf = ({ calls = [] }: ShownItem, of: { stage: string; attempt: number }) => calls.filter(({ stage, attempt }) => stage === of.stage && attempt === of.attempt);

/** What it says is asked of the runner, which has it in memory until it is over. */
function Running({ item, stage, attempt, startedAt }: { item: ShownItem; stage: string; attempt: number; startedAt: number }) {
  return (
    <li class="attempt" id={placeOf(stage, attempt)}>
      <details open>
        <summary><strong>{stage} {attempt}</strong> <Pill state="running" /> <span class="dim" title={dateTime(startedAt)}>since {span(Math.max(0, clock.value - startedAt))}</span></summary>
        <div class="attempt-body">{isPast.value ? <p class="dim">What it had said by then is told of it once it has ended.</p> : <Said item={item.id} stage={stage} attempt={attempt} time={timeOf(startedAt, null)} calls={callsOf(item, { stage, attempt })} hasLog version={beat.value} />}</div>
      </details>
    </li>
  );
}

function Attempt({ item, attempt, isFirst }: { item: ShownItem; attempt: AttemptView; isFirst: boolean }) {
  const { stage, attempt: nth, outcome, startedAt, finishedAt, costUsd, class: kind, error, reason, artifacts = [], charged, lines = 0, requests = 0 } = attempt;
  const calls = callsOf(item, attempt);
  const heard = [lines > 0 && counted(lines, 'line'), requests > 0 && counted(requests, 'request'), calls.length > 0 && counted(calls.length, 'call of models', 'calls of models'), artifacts.length > 0 && counted(artifacts.length, 'file')].filter(Boolean);
  const [isOpen, setOpen] = useState(isFirst || error !== undefined);
  return (
    <li class="attempt" id={placeOf(stage, nth)}>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <strong>{stage} {nth}</strong> <Pill state={outcome} />
          <span class="dim" title={dateTime(startedAt)}>{ago(startedAt, clock.value)}{finishedAt !== null && `, took ${span(finishedAt - startedAt)}`}{costUsd !== undefined && `, ${usd(costUsd)}`}{kind && `, ${kind}`}{charged && ', counted as a try'}</span>
          {item.stages[stage]?.outputSeq !== undefined && item.stages[stage].outputSeq === attempt.outputSeq && <span class="in-force">✓ in force then</span>}
          {heard.length > 0 && <span class="dim">{heard.join(', ')}</span>}
        </summary>
        {isOpen && (
          <div class="attempt-body">
            {error && <p class="error" dir="auto"><strong>{error.name}</strong> {error.message}{error.code !== undefined && <code> {error.code}</code>}</p>}
            {!error && reason !== undefined && <p class="dim" dir="auto">{reason}</p>}
            {attempt.fingerprint !== undefined && <Judged fingerprint={attempt.fingerprint} />}
            <Input item={item} attempt={attempt} />
            {attempt.outputSeq !== undefined && <Output item={item} attempt={attempt} />}
            <Said item={item.id} stage={stage} attempt={nth} time={timeOf(startedAt, finishedAt)} calls={calls} hasLog={lines + requests > 0} />
            {artifacts.length > 0 && <Artifacts item={item.id} artifacts={artifacts} />}
            {attempt.told !== undefined && <p class="lines"><a class="button" href={to('events', '', { seq: attempt.told })}>What followed from it</a> <CopyLine line={`npx jobctl trace ${attempt.told}`} /></p>}
          </div>
        )}
      </details>
    </li>
  );
}

/** What the doctor makes of this kind of error, and what it did about it. */
function Judged({ fingerprint }: { fingerprint: string }) {
  const seq = shownSeq.value;
  const { view } = useAnswer(seq === undefined ? { type: 'error', fingerprint } : { type: 'errorAt', seq, fingerprint }, pace.value);
  if (!view) return null;
  return (
    <div class="judged">
      <Verdict verdict={view.verdict} />
      <p class="followed">{view.action && <Followed action={view.action} />} <a href={to('errors', fingerprint)}>{view.n === 1 ? 'met once' : `met ${view.n}${view.orMore ? ' or more' : ''} times`}</a></p>
    </div>
  );
}

/** What was found, and the outputs that it was given at that time. */
function Input({ item, attempt }: { item: ShownItem; attempt: AttemptView }) {
  const given = needsOf(item.job, attempt.stage).flatMap((need) => {
    const last = item.attempts.findLast(({ stage, outcome, finishedAt }) => stage === need && outcome === 'done' && finishedAt !== null && finishedAt <= attempt.startedAt);
    return last?.outputSeq === undefined ? [] : [{ need, seq: last.outputSeq }];
  });
  return (
    <details class="given">
      <summary>Input <span class="dim">what was found{given.map(({ need }) => `, output of ${need}`)}</span></summary>
      <div class="json-tree"><Json name="item" value={item.data} depth={1} />{given.map(({ need, seq }) => <Stored key={seq} item={item.id} name={need} seq={seq} />)}</div>
    </details>
  );
}

function Stored({ item, name, seq }: { item: number; name: string; seq: number }) {
  const { view, error } = useAnswer({ type: 'output', item, seq });
  if (error !== undefined) return <p class="dim">{name}: {error}</p>;
  return view ? <Json name={name} value={view.output} depth={1} /> : <p class="dim">{name}</p>;
}

/** Beside the output of the attempt before it at the same stage, what has changed is marked. */
function Output({ item: { id, attempts }, attempt }: { item: ShownItem; attempt: AttemptView }) {
  const before = attempts.findLast(({ stage, outputSeq }) => stage === attempt.stage && outputSeq !== undefined && outputSeq < attempt.outputSeq!);
  const { view, error } = useAnswer({ type: 'output', item: id, seq: attempt.outputSeq! });
  const { view: old } = useAnswer(before ? { type: 'output', item: id, seq: before.outputSeq! } : undefined);
  if (error !== undefined) return <p class="dim">{error}</p>;
  if (!view) return null;
  const gone = old ? keysOf(old.output).filter((key) => !keysOf(view.output).includes(key)) : [];
  const isSame = old && JSON.stringify(old.output) === JSON.stringify(view.output);
  return (
    <div>
      <h4>Output {before && <span class="dim">{isSame ? `the same as that of attempt ${before.attempt}` : `what differs from attempt ${before.attempt} is marked`}</span>}</h4>
      <div class="json-tree"><Json value={view.output} {...(old && { before: old.output })} /></div>
      {gone.length > 0 && <p class="dim">no longer there: {gone.map((key) => <code key={key}>{key} </code>)}</p>}
    </div>
  );
}

const keysOf = (value: unknown): string[] => (Object(value) === value ? Object.keys(value as object) : []);
