/** What needs the operator: each with the one thing that helps. What ends by itself is not among it. */
import type { Command, HoldView, JobView, StatusView } from '../../protocol.ts';
import { to } from '../route.ts';

export type Need = { key: string; what: string; why: string; tone: 'bad' | 'wait'; action?: Action; link?: { label: string; href: string } };
type Action = { label: string; command: Command; did: string };

export function needs(status: StatusView | undefined): Need[] {
  if (!status) return [];
  const { runner, config, jobs } = status;
  const all: Need[] = [];
  if (runner.state === 'degraded') all.push({ key: 'runner', what: 'Nothing new starts', why: runner.reason ?? 'the runner is degraded', tone: 'bad', link: { label: 'See the system', href: to('system') } });
  if (config?.state === 'refused') all.push({ key: 'config', what: 'jobs.yaml is not used', why: config.problems ?? 'it has mistakes', tone: 'bad', action: { label: 'Read it again', command: { type: 'RELOAD', dryRun: false }, did: 'jobs.yaml was read' } });
  // What rests comes before what has only failed.
  return [...all, ...jobs.flatMap(ofJob)].toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
}

/** Held by what an operator asked for, or until a time: nobody is waited for. */
const needsSomebody = ({ cause, until }: HoldView): boolean => cause !== 'operator' && cause !== 'window' && until === undefined;

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
    tone: 'wait' as const, link: { label: 'Look at them', href: to('items', '', { job: id, state: 'failed' }) },
  }];
  return [...held, ...dead, ...lost];
}

/** No word makes money, and none brings what is required: there the place is shown where it can be changed. */
function wayOut(job: string, cause: HoldView['cause']): Pick<Need, 'action' | 'link'> {
  if (cause === 'budget') return { link: { label: 'See what it cost', href: to('cost') } };
  if (cause === 'requirement') return { action: { label: 'Look again', command: { type: 'RELOAD', dryRun: false }, did: 'jobs.yaml was read, and what it requires looked for' } };
  return { action: { label: cause === 'breaker' ? 'Try one attempt' : 'Let it go on', command: { type: 'RESUME', job, force: false }, did: `${job}: resumed` } };
}
