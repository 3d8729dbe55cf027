/** What needs the operator: each with the one thing that helps. What ends by itself is not among it. */
import type { Command, HoldView, JobView, ResourceView, StatusView } from '../../protocol.ts';

export type Need = { key: string; what: string; why: string; tone: 'bad' | 'wait'; action?: Action; link?: Link };
/** To a view, and what of it is meant. */
type Link = { label: string; view: string; query?: Record<string, string> };
type Action = { label: string; command: Command; did: string };

export function needs(status: StatusView | undefined): Need[] {
  if (!status) return [];
  const { runner, config, jobs, resources = [] } = status;
  const all: Need[] = [];
  if (runner.state === 'degraded') all.push({ key: 'runner', what: 'Nothing new starts', why: runner.reason ?? 'the runner is degraded', tone: 'bad', link: { label: 'See the system', view: 'system' } });
  if (config?.state === 'refused') all.push({ key: 'config', what: 'jobs.yaml is not used', why: config.problems ?? 'it has mistakes', tone: 'bad', action: { label: 'Read it again', command: { type: 'RELOAD', dryRun: false }, did: 'jobs.yaml was read' } });
  // What rests comes before what has only failed.
  return [...all, ...resources.flatMap(ofResource), ...jobs.flatMap(ofJob)].toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
}

/** Held by what an operator asked for, or until a time: nobody is waited for. */
const needsSomebody = ({ cause, until }: HoldView): boolean => cause !== 'operator' && cause !== 'window' && until === undefined;

/** One that tries again at a time, or is being tried, ends by itself: it is seen at the stages that it stops. */
function ofResource({ name, breaker }: ResourceView): Need[] {
  if (breaker?.until !== null || !breaker.state.startsWith('open')) return [];
  return [{ key: `resource ${name}`, what: `nothing that needs ${name} starts`, why: breaker.reason ?? 'its breaker is open', tone: 'bad', action: tryOne(`resource/${name}/breaker`, name) }];
}

/** A job with a breaker for each stage is held by none of them. */
function ofBreakers({ id, breaker: { stages = {} } }: JobView): Need[] {
  return Object.entries(stages).filter(([, state]) => state === UNTIL_MENDED).map(([stage]) => ({
    key: `${id} breaker ${stage}`, what: `${id} ${stage} is stopped by its breaker`, why: 'the same bug in too many items: it goes on with other code, or when you say so', tone: 'bad', action: tryOne(`job/${id}/breaker/${stage}`, `${id} ${stage}`),
  }));
}

const UNTIL_MENDED = 'open.untilMended';
const tryOne = (path: string, what: string): Action => ({ label: 'Try one attempt', command: { type: 'SEND', path, event: { type: 'CLEAR_ERRORS' } }, did: `${what}: one attempt is tried` });

function ofJob(job: JobView): Need[] {
  const { id, holds, down = [], stages } = job;
  const held = holds.filter(needsSomebody).map(({ cause, reason }): Need => ({ key: `${id} ${cause}`, what: `${id} is held by its ${cause}`, why: reason, tone: 'bad', ...wayOut(id, cause) }));
  const dead = down.filter(({ until }) => until === null).map(({ child, error }): Need => ({
    key: `${id} ${child}`, what: `${child || id} has died`, why: error, tone: 'bad',
    action: { label: 'Start it again', command: { type: 'RESUME', job: id, force: false }, did: `${id}: started again` },
  }));
  const failed = stages.reduce((sum, stage) => sum + stage.failed + stage.dead, 0);
  const lost = failed === 0 ? [] : [{
    key: `${id} failed`, what: `${failed} failed in ${id}`, why: stages.filter(({ failed, dead }) => failed + dead > 0).map(({ name, failed, dead }) => `${name} ${failed + dead}`).join(', '),
    tone: 'wait' as const, link: { label: 'Look at them', view: 'items', query: { job: id, state: 'failed' } },
  }];
  return [...held, ...ofBreakers(job), ...dead, ...lost];
}

/** No word makes money, and none brings what is required: there the place is shown where it can be changed. */
function wayOut(job: string, cause: HoldView['cause']): Pick<Need, 'action' | 'link'> {
  if (cause === 'budget') return { link: { label: 'See what it cost', view: 'cost' } };
  if (cause === 'requirement') return { action: { label: 'Look again', command: { type: 'RELOAD', dryRun: false }, did: 'jobs.yaml was read, and what it requires looked for' } };
  return { action: { label: cause === 'breaker' ? 'Try one attempt' : 'Let it go on', command: { type: 'RESUME', job, force: false }, did: `${job}: resumed` } };
}
