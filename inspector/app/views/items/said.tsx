/** What an attempt said and asked: its log, its requests to the web and its calls of models, each where it lies in the time of the attempt. */
import type { ComponentChildren } from 'preact';
import type { AttemptLogView, CallView, HttpCall, LogLine } from '../../../protocol.ts';
import { bytes, dateTime, exactTime, plain, span, usd } from '../../format.ts';
import { now } from '../../model.ts';
import { Json } from '../../ui/json.tsx';
import { useAnswer } from '../../use-answer.ts';

/** `to`: its end, or now. */
type Time = { from: number; to: number };
type Props = { item: number; stage: string; attempt: number; time: Time; calls: readonly CallView[]; /** It has logged something, or asked something of the web. */ hasLog: boolean; /** Changes when there may be more. */ version?: string };

export function Said({ item, stage, attempt, time, calls, hasLog, version = '' }: Props) {
  const { view, error } = useAnswer(hasLog ? { type: 'attemptLog', item, stage, attempt } : undefined, version);
  return (
    <>
      {error !== undefined && <p class="dim">{error}</p>}
      {hasLog && view && <Logged view={view} time={time} />}
      {calls.length > 0 && <ModelCalls calls={calls} time={time} />}
    </>
  );
}

function Logged({ view: { lines, linesLost, calls, callsLost }, time }: { view: AttemptLogView; time: Time }) {
  return (
    <>
      {lines.length > 0 && (
        <section>
          <h4>Log {linesLost > 0 && <span class="dim">the newest {plain(lines.length)} of {plain(lines.length + linesLost)} lines</span>}</h4>
          <ol class="log" tabIndex={0} aria-label="Log">{lines.map((line, n) => <Line key={n} line={line} />)}</ol>
        </section>
      )}
      {calls.length > 0 && <HttpCalls calls={calls} lost={callsLost} time={time} />}
    </>
  );
}

/** Facts of so many characters stand beside what was said. */
const SHORT = 100;
const TONE = { debug: 'dim', info: '', warn: 'wait', error: 'bad' } as const;

function Line({ line: { at, level, message, facts } }: { line: LogLine }) {
  return (
    <li class={TONE[level]}>
      <time class="dim" title={dateTime(at)}>{exactTime(at)}</time> <span class="level">{level}</span> <span dir="auto">{message}</span>
      {facts && <Facts facts={facts} />}
    </li>
  );
}

/** On the line where they are short, else as a tree. */
function Facts({ facts }: { facts: Record<string, unknown> }) {
  const text = JSON.stringify(facts);
  return text.length <= SHORT ? <span class="dim" dir="auto"> {text}</span> : <Json value={facts} depth={2} />;
}

function HttpCalls({ calls, lost, time }: { calls: readonly HttpCall[]; lost: number; time: Time }) {
  return (
    <section class="calls">
      <h4>Requests to the web {lost > 0 && <span class="dim">the newest {plain(calls.length)} of {plain(calls.length + lost)}</span>}</h4>
      <table>
        <thead><tr><th scope="col">request</th><th scope="col">answer</th><th scope="col" class="n">size</th><th scope="col" class="n">took</th><th scope="col">when</th></tr></thead>
        <tbody>
          {calls.map((call, n) => (
            <tr key={n}>
              <td class="address"><span dir="ltr">{call.method} {call.url}</span>{call.to !== undefined && <span class="dim"> → {call.to}</span>}{call.error !== undefined && <div class="bad" dir="auto">{call.error}</div>}</td>
              <td>{answerOf(call)}</td>
              <td class="n">{call.bytes === undefined ? '' : bytes(call.bytes)}</td>
              <td class="n">{call.ms === null ? '' : span(call.ms)}{call.waitedMs !== undefined && <div class="dim" title="for the turn of its host">waited {span(call.waitedMs)}</div>}</td>
              <td><Bar time={time} from={call.at} to={call.ms === null ? time.to : call.at + call.ms} tone={call.error !== undefined ? 'failed' : call.ms === null ? 'now' : 'done'} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function answerOf({ status, notModified, ms, error }: HttpCall): ComponentChildren {
  if (notModified) return <span title="the body that was kept from the last time">not modified</span>;
  if (status !== undefined) return status;
  return ms === null ? <span class="dim">none yet</span> : error === undefined ? '' : <span class="bad">none</span>;
}

function ModelCalls({ calls, time }: { calls: readonly CallView[]; time: Time }) {
  return (
    <section class="calls">
      <h4>Calls of models <span class="dim">{usd(costOf(calls))}</span></h4>
      <table>
        <thead><tr><th scope="col">model</th><th scope="col" class="n">in</th><th scope="col" class="n">read before</th><th scope="col" class="n">out</th><th scope="col" class="n">cost</th><th scope="col">outcome</th><th scope="col" class="n">took</th><th scope="col">when</th></tr></thead>
        <tbody>
          {calls.map(({ at, alias, model, tokensIn, tokensOut, tokensCached, costUsd, assumed, kept, ms, outcome, requestId }) => (
            <tr key={`${at} ${alias}`}>
              <td title={alias}>{model}</td><td class="n">{figure(tokensIn)}</td><td class="n">{figure(tokensCached)}</td><td class="n">{figure(tokensOut)}</td>
              <td class="n">{kept ? <span title="answered from what was paid before">kept</span> : costUsd === null ? <b class="loud">unpriced</b> : <span title={assumed ? 'the most that it can have cost' : undefined}>{assumed && '≤ '}{usd(costUsd)}</span>}</td>
              <td title={requestId ?? undefined}>{outcome}</td><td class="n">{span(ms)}</td>
              <td><Bar time={time} from={at - ms} to={at} tone={outcome === 'ok' ? 'done' : 'failed'} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Where it lies in the attempt. */
function Bar({ time, from, to, tone }: { time: Time; from: number; to: number; tone: 'done' | 'failed' | 'now' }) {
  const whole = Math.max(1, time.to - time.from);
  const percent = (ms: number) => `${Math.min(100, Math.max(0, (ms / whole) * 100))}%`;
  return <span class="fall" title={`${span(Math.max(0, from - time.from))} after it began`}><i class={`part running ${tone}`} style={{ left: `min(${percent(from - time.from)}, 100% - 3px)`, width: percent(to - from) }} /></span>;
}

/** What was paid before is not paid again. */
export const costOf = (calls: readonly CallView[]): number => calls.reduce((sum, { costUsd, kept }) => sum + (kept ? 0 : (costUsd ?? 0)), 0);
const figure = (n: number | null): string => (n === null ? '–' : plain(n));
export const timeOf = (startedAt: number, finishedAt: number | null): Time => ({ from: startedAt, to: finishedAt ?? now.value });
