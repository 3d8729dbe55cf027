/** What the doctor makes of an error, and what followed. */
import type { DoctorActionView, ErrorClass, VerdictView } from '../../protocol.ts';
import { ago, dateTime, span, usd } from '../format.ts';
import { clock } from '../time.ts';
import './verdict.css';

export const CLASSES: Record<ErrorClass, { sign: string; tone: string; means: string }> = {
  transient: { sign: '↻', tone: 'wait', means: 'it passes: tried again later' },
  item_specific: { sign: '✕', tone: 'dim', means: 'the fault of the item: it fails, the others go on' },
  temporal: { sign: '◷', tone: 'wait', means: 'not now: the job rests until a time' },
  systemic: { sign: '⚡', tone: 'bad', means: 'everything would fail: the job is held' },
  code_bug: { sign: '!', tone: 'bad', means: 'a bug: the job is held until its code changes' },
};
export const ACTIONS: Record<DoctorActionView['action'], string> = { retry_later: 'tried again later', fail_item: 'the item fails', pause_job: 'the job is held', reclassify: 'corrected' };
export const RISK_TONES = { low: 'dim', medium: 'wait', high: 'bad' };

export function Verdict({ verdict: { class: is, by, rule, confidence, reason, model, costUsd, ms } }: { verdict: VerdictView }) {
  const { sign, tone, means } = CLASSES[is];
  const who = by && { rule: rule === undefined ? 'a rule' : `the rule ${rule}`, memory: 'what is remembered of it', model: model ?? 'a model', evidence: 'its items together', operator: 'you' }[by];
  const sure = confidence === undefined ? '' : `, ${Math.round(confidence * 100)} % sure`;
  const took = model === undefined ? '' : [costUsd !== undefined && usd(costUsd), ms !== undefined && span(ms)].filter(Boolean).join(', ');
  return (
    <p class="verdict">
      <span class={`pill ${tone}`}><span aria-hidden="true">{sign}</span> {is}</span> <span>{means}</span>
      <span class="dim">{who === undefined ? 'who said so was not kept' : `said by ${who}${sure}`}{took && ` · asking ${by === 'model' ? 'it' : model} took ${took}`}</span>
      {reason !== undefined && <q dir="auto">{reason}</q>}
    </p>
  );
}

export function Followed({ action: { action, lasts, risk, until, endedAt, at, by, costUsd } }: { action: DoctorActionView }) {
  const over = !lasts ? '' : endedAt !== null ? `, over ${ago(endedAt, clock.value)}` : until !== null && until > clock.value ? `, until ${dateTime(until)}` : ', not over yet';
  return <span title={dateTime(at)}>→ {ACTIONS[action]}{over} <span class={RISK_TONES[risk]}>{risk} risk</span><span class="dim"> · by {by}, {ago(at, clock.value)}{costUsd > 0 && `, ${usd(costUsd)}`}</span></span>;
}
