/** What a letter says, for whichever service carries it. */
import type { Letter } from '../../machines/notifier.ts';
import type { Risk, Trouble } from '../../machines/incidents.ts';
import { ENDS } from '../explain/held.ts';

/** `id` is the same for every try, and for what is sent twice because the process died in between. Times are ms since the epoch. */
export type Message = {
  id: string;
  event: 'incident.opened' | 'incident.ended' | 'incident.over' | 'action.noted' | 'test';
  incident: string;
  risk: Risk;
  title: string;
  text: string;
  link: string;
  command: string;
  jobs: string[];
  cause: string;
  reason: string;
  fingerprint: string | null;
  openedAt: number;
  endedAt: number | null;
  until: number | null;
};

const EVENTS = { opened: 'incident.opened', ended: 'incident.ended', over: 'incident.over', note: 'action.noted' } as const;
const MOST_LINES = 5;
const LONGEST_REASON = 200;

/** `link`: of the inspector. */
export function messageOf({ id, kind, incident, endedAt }: Letter, link: string): Message {
  const { troubles, risk, openedAt } = incident;
  const first = troubles.find(({ cause }) => cause === 'resource') ?? troubles[0];
  const jobs = [...new Set(troubles.filter(({ cause }) => cause !== 'disk_full').map(({ job }) => job))];
  const command = kind === 'ended' || kind === 'over' ? (first?.cause === 'resource' ? 'npx jobctl resources' : `npx jobctl status ${jobs[0] ?? ''}`.trim()) : kind === 'note' ? 'npx jobctl doctor log' : commandOf(first!);
  const title = `${kind === 'ended' || kind === 'over' ? 'over: ' : ''}${subjectOf(kind, jobs, first!)}`;
  return {
    id, event: EVENTS[kind], incident: incident.id, risk, title, command, jobs,
    text: [...troubles.slice(0, MOST_LINES).map(lineOf), ...(troubles.length > MOST_LINES ? [`and ${troubles.length - MOST_LINES} more`] : []), ...timesOf(kind, first!, openedAt, endedAt), `→ ${command}`].join('\n'),
    link: jobs[0] === undefined ? link : first?.cause === 'resource' ? `${link}/#/breakers` : `${link}/#/job/${jobs[0]}`,
    cause: first?.cause ?? 'doctor', reason: first?.reason ?? '', fingerprint: first?.fingerprint ?? null, openedAt, endedAt, until: first?.until ?? null,
  };
}

/** What somebody sends to see whether it arrives. */
export const testMessage = (target: string, link: string, at: number): Message => ({
  id: `test-${at.toString(36)}/${target}`, event: 'test', incident: `test-${at.toString(36)}`, risk: 'medium', title: 'Rivus: a test message', text: `it was sent to "${target}" by jobctl notify test\n→ npx jobctl notifications`, link, command: 'npx jobctl notifications',
  jobs: [], cause: 'test', reason: 'a test', fingerprint: null, openedAt: at, endedAt: null, until: null,
});

function subjectOf(kind: Letter['kind'], jobs: readonly string[], { cause, reason }: Trouble): string {
  if (cause === 'disk_full') return `Rivus starts nothing new: ${short(reason)}`;
  const who = jobs.length === 1 ? jobs[0]! : `${jobs.length} jobs (${jobs.slice(0, 3).join(', ')}${jobs.length > 3 ? ' …' : ''})`;
  const why = short(reason);
  if (kind === 'note') return `the doctor acted in ${who}: ${why}`;
  const one = jobs.length === 1;
  if (cause === 'resource') return `${who} ${one ? 'waits' : 'wait'}: ${why}`;
  const what = cause === 'doctor' ? (one ? 'fails' : 'fail') : one ? 'is held' : 'are held';
  return `${who} ${what}: ${why.startsWith(`${cause}: `) || cause === 'doctor' || cause === 'breaker' ? why : `${cause}: ${why}`}`;
}

const lineOf = ({ job, stage, reason }: Trouble): string => `${job}${stage === null ? '' : `/${stage}`}: ${short(reason)}`;

function timesOf(kind: Letter['kind'], { cause, until }: Trouble, openedAt: number, endedAt: number | null): string[] {
  if (endedAt !== null) return [`from ${moment(openedAt)} to ${moment(endedAt)}`];
  if (kind === 'note') return [];
  if (cause === 'doctor' || cause === 'disk_full') return [`since ${moment(openedAt)}`];
  return [`since ${moment(openedAt)}, ${until === null ? 'and it waits for you' : `tried again by itself at ${moment(until)}`}`];
}

function commandOf({ cause, group, job, reason }: Trouble): string {
  if (cause === 'resource') return `npx jobctl clear-errors --resource ${group.slice('resource '.length)}`;
  if (cause === 'disk_full') return 'npx jobctl diagnose';
  return (cause === 'doctor' ? undefined : ENDS[cause](job, reason).todo[0]) ?? `npx jobctl why ${job}`;
}

const short = (text: string): string => (text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON - 1)}…` : text);
const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
