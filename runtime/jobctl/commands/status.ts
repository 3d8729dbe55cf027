/** `jobctl status [JOB]` */
import type { AsideView, ConfigView, HoldView, JobView, ResourceView, RunnerView, StageView, StatusView, UndeliveredView } from '../../../inspector/protocol.ts';
import { TASK_STATES, type TaskState } from '../../store/types.ts';
import type { Desk } from '../desk.ts';
import { asItSays } from '../live.ts';
import { jobNamed } from '../named.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { oneLine } from '../text.ts';
import { usd } from '../usd.ts';
import { clockTime, moment, span } from '../time.ts';
import { fit } from '../width.ts';

/** Columns of a reason; `jobctl actor` shows all of it. */
const MOST_REASON = 120;

type Show = Pick<Desk, 'terminal'> & { now: number };

export async function status(desk: Desk, name: string | undefined): Promise<void> {
  const stored = await reading(desk, (db) => statusOf(desk, db));
  const view = { ...stored, runner: await asItSays(desk, stored.runner) };
  const job = name === undefined ? undefined : jobNamed(view, name);
  if (desk.terminal.json) return desk.terminal.document(job ? { ...view, jobs: [job] } : view);
  const show = { terminal: desk.terminal, now: desk.clock.now() };
  desk.terminal.print(...(job ? [...jobLines(job, show), ...configLines(view.config, show), ...asideLines(asideOf(view, job), show)] : overview(view, show)));
}

function overview({ runner, jobs, config, resources = [], aside = [], undelivered = [] }: StatusView, show: Show): string[] {
  const head = [...runnerLines(runner, show), ...configLines(config, show), ...asideLines(aside, show), ...undelivered.map((one) => untold(one, show))];
  if (jobs.length === 0) return [...head, 'no jobs yet: `npx jobctl check` looks at jobs.yaml'];
  return [...head, '', ...table(jobs, jobColumns(show)), ...resources.flatMap((resource) => (resource.breaker ? [refused(resource, show)] : resource.waiters.length > 0 ? [contended(resource, show)] : []))];
}

/** `youtube: 3 systemic failures in a row at youtube: …; tried again 10:12: …` */
function refused({ name, breaker }: ResourceView, { terminal, now }: Show): string {
  const { reason, until } = breaker!;
  const what = reason === undefined ? 'it is being tried after failures in several jobs' : `${fit(oneLine(reason), MOST_REASON)}; ${until ? `tried again ${moment(until, now)}` : 'it is being tried'}`;
  return `${terminal.paint('red', `nothing that needs ${name} starts freely`)}: ${what}: \`npx jobctl clear-errors --resource ${name}\``;
}

/** `npm: 4 of 4 slots taken, 2 stages wait, for 12 s: …` */
function contended({ name, taken, concurrency, waiters }: ResourceView, { terminal, now }: Show): string {
  const who = waiters.length === 1 ? 'a stage waits' : `${waiters.length} stages wait`;
  return `${terminal.paint('yellow', name)}: ${taken} of ${concurrency} slots taken, ${who}, for ${span(now - waiters[0]!.since)}: \`npx jobctl resources\``;
}

/** `3 messages to phone are not delivered (answered 503), the next try at 10:12` */
function untold({ target, waiting, failed, reason, nextAt }: UndeliveredView, { terminal, now }: Show): string {
  const n = waiting + failed;
  const next = nextAt === null ? 'given up' : `again ${moment(nextAt, now)}`;
  return `${terminal.paint('yellow', `${n} ${n === 1 ? 'message' : 'messages'} to ${target} not delivered`)}: ${fit(oneLine(reason), MOST_REASON)}; ${next}: \`npx jobctl notifications\``;
}

/** Nothing while the file and what runs are the same. */
function configLines(config: ConfigView | undefined, { terminal, now }: Show): string[] {
  if (config?.problems === undefined) return [];
  const [first, ...rest] = config.problems.split('\n');
  const more = rest.some((line) => line.trim() !== '') ? ': `npx jobctl check` shows all of it' : '';
  return [`${terminal.paint('red', 'jobs.yaml is not used')} since ${moment(config.readAt, now)}, what ran before runs on${more}`, `  ${oneLine(first!)}`];
}

/** Actors whose past was lost at the last start. What holds the jobs, and all work, stands elsewhere. */
function asideLines(aside: readonly AsideView[], { terminal, now }: Show): string[] {
  return aside.map(({ path, at, reason }) => `${terminal.paint('yellow', `${oneLine(path)} began anew`)} ${moment(at, now)}, for its stored state could not be used: ${fit(oneLine(reason), MOST_REASON)}`);
}

const asideOf = ({ aside = [] }: StatusView, { id }: JobView): AsideView[] => aside.filter(({ path }) => `${path}/`.startsWith(`job/${id}/`));

function runnerLines({ state, reason = '', since, pid, uptimeMs = 0, url }: RunnerView, { terminal, now }: Show): string[] {
  if (state === 'stopped') return [terminal.paint('yellow', 'Rivus is stopped')];
  const runs = `${terminal.paint('green', 'Rivus runs')} since ${clockTime(now - uptimeMs, now)} (${span(uptimeMs)})`;
  const line = [runs, ...(pid === undefined ? [] : [`pid ${pid}`]), ...(url === undefined ? [] : [oneLine(url)])].join(', ');
  if (state === 'running') return [line];
  return [line, `${terminal.paint('red', 'and starts nothing new')}${since === undefined ? '' : ` since ${clockTime(since, now)}`}: ${oneLine(reason)}`];
}

function jobColumns(show: Show): Column<JobView>[] {
  const all = (job: JobView, ...states: TaskState[]) => job.stages.reduce((sum, stage) => states.reduce((part, state) => part + stage[state], sum), 0);
  const failed = (job: JobView) => all(job, 'failed', 'dead');
  return [
    { head: 'JOB', text: named, paint: (text) => show.terminal.paint('bold', text) },
    { head: 'STATE', text: (job) => job.state, paint: (text, job) => painted(text, job.state, show) },
    { head: 'QUEUED', text: (job) => all(job, 'blocked', 'ready', 'waiting'), align: 'right' },
    { head: 'RUNNING', text: (job) => all(job, 'running'), align: 'right', spare: true },
    { head: 'DONE', text: (job) => all(job, 'done'), align: 'right', spare: true },
    { head: 'FAILED', text: failed, align: 'right', paint: (text, job) => (failed(job) > 0 ? show.terminal.paint('red', text) : text) },
    { head: 'TODAY', text: money, align: 'right', spare: true },
    { head: 'LOOKS AGAIN', text: (job) => (job.discovery?.nextAt && job.discovery.state !== 'held' ? moment(job.discovery.nextAt, show.now) : ''), spare: true },
    { head: 'WHY', text: (job) => why(job, show), most: 80 },
  ];
}

function jobLines(job: JobView, show: Show): string[] {
  const { terminal, now } = show;
  const facts = [
    `${terminal.paint('bold', named(job))}  ${painted(job.state, job.state, show)}${job.pipeline ? `  ${oneLine(job.pipeline)}` : ''}`,
    ...job.holds.map((hold) => `  ${held(hold, now)}`),
    ...(job.discovery ? [`  discovery: ${discovering(job.discovery, now)}`] : []),
    ...(job.guards ? [`  guards: ${job.guards.state.replaceAll(' & ', ', ').replaceAll('.', ' ')}`] : []),
    `  breaker: ${breaking(job.breaker)}`,
    ...(job.canaries ?? []).map((canary) => `  ${canarying(job.id, canary, show)}`),
    ...moneyLines(job, show),
    ...[...down(job, now), ...parked(job)].map((line) => `  ${line}`),
  ];
  return [...facts, '', ...table(job.stages, stageColumns(show))];
}

function held({ cause, reason, since, until }: HoldView, now: number): string {
  return `${reason.startsWith(`${cause}: `) ? '' : `${cause}: `}${oneLine(reason)}, since ${moment(since, now)}, until ${until === undefined ? 'it is lifted' : moment(until, now)}`;
}

const STATES: Record<string, string> = { 'open.coolingDown': 'open, cooling down', 'open.untilMended': 'open until it is mended', halfOpen: 'half open: one attempt is tried', ramping: 'closing: work comes back slowly' };

function breaking({ state, stages }: JobView['breaker']): string {
  const said = (one: string) => STATES[one] ?? one;
  return stages ? Object.entries(stages).map(([stage, one]) => `${oneLine(stage)} ${said(one)}`).join('; ') : said(state);
}

/** `canary of 0a1b2c3d4e5f: 1 of 412 is tried first` */
function canarying(job: string, { fingerprint, stage, state, said }: NonNullable<JobView['canaries']>[number], { terminal }: Show): string {
  const name = `canary of ${fingerprint}${stage === null ? '' : ` at ${oneLine(stage)}`}`;
  const what = fit(oneLine(said), MOST_REASON);
  return state === 'stopped' ? `${terminal.paint('yellow', name)}: ${what}; \`npx jobctl retry ${job} --fingerprint ${fingerprint}\` begins anew, and --stop dismisses this` : `${name}: ${what}`;
}

function discovering({ state, nextAt, lastFound }: NonNullable<JobView['discovery']>, now: number): string {
  return [state, ...(nextAt && state !== 'held' ? [`looks again ${moment(nextAt, now)}`] : []), ...(lastFound === null ? [] : [`found ${lastFound} last time`])].join(', ');
}

function stageColumns({ terminal }: Show): Column<StageView>[] {
  const count = (state: TaskState): Column<StageView> => ({
    head: state.toUpperCase(),
    // Without its zeros the table fits a terminal, and what there is can be seen.
    text: (stage) => stage[state] || '',
    align: 'right',
    paint: (text, stage) => (stage[state] > 0 && (state === 'failed' || state === 'dead') ? terminal.paint('red', text) : text),
  });
  const duration = (ms: number | undefined) => (ms === undefined ? '' : span(ms));
  return [
    { head: 'STAGE', text: (stage) => stage.name, paint: (text) => terminal.paint('bold', text) },
    { head: 'STATE', text: (stage) => stage.state ?? '' },
    { head: 'SLOTS', text: (stage) => stage.concurrency, align: 'right' },
    ...TASK_STATES.map(count),
    { head: 'P50', text: (stage) => duration(stage.p50Ms), align: 'right' },
    { head: 'P95', text: (stage) => duration(stage.p95Ms), align: 'right' },
  ];
}

const named = ({ emoji, id }: JobView) => (emoji ? `${oneLine(emoji)} ${id}` : id);
const COLOURS = { running: 'green', paused: 'yellow', draining: 'cyan', drained: 'cyan', archived: 'dim' } as const;

function painted(text: string, state: JobView['state'], { terminal }: Show): string {
  return terminal.paint(COLOURS[state], text);
}

/** What was spent, and of how much; nothing where no money is involved. */
function money({ costToday, reservedToday, unpricedToday, dailyCostLimit, softLimit }: JobView): string {
  if (costToday + reservedToday + unpricedToday === 0 && dailyCostLimit === null) return '';
  const limit = dailyCostLimit === null ? '' : ` of ${usd(dailyCostLimit)}${unpricedToday > 0 ? ' (cannot hold)' : softLimit ? ' (soft)' : ''}`;
  return `${usd(costToday)}${limit}`;
}

/** In detail, with what keeps a limit from holding. */
function moneyLines(job: JobView, { terminal }: Show): string[] {
  if (!money(job)) return [];
  const { reservedToday, unpricedToday, dailyCostLimit, softLimit } = job;
  const limited = dailyCostLimit !== null;
  return [
    `  today: ${money(job)}${reservedToday > 0 ? `, and ${usd(reservedToday)} reserved for what is under way` : ''}`,
    ...(unpricedToday > 0 ? [`  ${terminal.paint('red', `${unpricedToday === 1 ? '1 call of today has' : `${unpricedToday} calls of today have`} no known price${limited ? ': the limit cannot hold' : ''}`)}; give the model a price under models in jobs.yaml`] : []),
    ...(limited && softLimit ? ['  the limit is soft: a stage says only afterwards what it has cost; give it a max_cost'] : []),
  ];
}

function why(job: JobView, { now }: Show): string {
  const { reason, resumeAt } = job;
  const held = reason === null ? [] : [resumeAt === null ? reason : `${reason}; goes on ${moment(resumeAt, now)}`];
  return [...held, ...down(job, now), ...stoppedCanaries(job), ...parked(job)].join('; ');
}

/** What died too often is the reason of a hold, which is told already. */
function down({ down = [] }: JobView, now: number): string[] {
  return down.flatMap(({ child, error, until }) => (until === null ? [] : [`${child || 'the job'} died and starts again ${moment(until, now)}: ${oneLine(error)}`]));
}

const stoppedCanaries = ({ canaries = [] }: JobView): string[] => canaries.flatMap(({ fingerprint, state, said }) => (state === 'stopped' ? [`canary of ${fingerprint} ${oneLine(said)}`] : []));

/** `stage "extract" is no longer in jobs.yaml: 12 tasks are parked` */
function parked({ parked = [] }: JobView): string[] {
  return parked.map(({ stage, tasks }) => `stage "${stage}" is no longer in jobs.yaml: ${tasks === 1 ? 'one task is' : `${tasks} tasks are`} parked until it returns`);
}
