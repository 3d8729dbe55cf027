/** What the palette offers: places to go to, and what may be done as things stand now. */
import type { ActorLine, Command, JobView, NamedItem, OffersView, PayloadField, StatusView } from '../../protocol.ts';
import { clockTime, dateTime } from '../format.ts';
import { act, readOnly, wire } from '../model.ts';
import { go, here, to } from '../route.ts';
import { needsPayload, saidOf, send, sendLine } from '../send.ts';
import { isPast, leave } from '../time.ts';
import { VIEWS } from '../views/index.ts';
import { seqAt, timeIn } from '../when.ts';

/** `about`: what kind of thing it is; `line`: the same in a terminal. `ask`, `form`: what has to be said first. `run` answers why it was not done. */
export type Entry = { id: string; title: string; about: string; line?: string; ask?: { label: string; preset: string }; form?: Form; run(said: string): void | Promise<unknown> };

/** Of an event that holds something; `submit` answers why it was not taken. */
export type Form = { event: string; fields: readonly PayloadField[] | undefined; said: Record<string, unknown>; submit(payload: Record<string, unknown>): Promise<string | undefined> };

export const placesOf = (status: StatusView | undefined, actors: readonly ActorLine[]): Entry[] => [
  ...VIEWS.map(({ name, title, key }): Entry => ({ id: `view ${name}`, title, about: `view · g ${key}`, run: () => go(to(name)) })),
  ...(status?.jobs ?? []).flatMap(jobEntries),
  ...actors.map(({ path, state }): Entry => ({ id: `actor ${path}`, title: path, about: `actor · ${state}`, line: `npx jobctl actor ${path}`, run: () => go(to('actors', path)) })),
];

const jobEntries = ({ id, emoji = '', state, stages }: JobView): Entry[] => [
  { id: `job ${id}`, title: `${emoji} ${id}`.trim(), about: `job · ${state}`, line: `npx jobctl status ${id}`, run: () => go(to('job', id)) },
  ...stages.map(({ name }): Entry => ({ id: `stage ${id} ${name}`, title: `${id} ${name}`, about: 'stage', line: `npx jobctl why ${id} ${name}`, run: () => go(to('actors', `job/${id}/stage/${name}`)) })),
];

export const itemEntry = ({ id, job, key, title }: NamedItem): Entry => ({ id: `item ${id}`, title: title ?? key, about: `item · ${job}`, line: `npx jobctl item ${id}`, run: () => go(to('items', String(id))) });

/** What would be refused now is not offered, and nothing while the past is shown. */
export function commandsOf(status: StatusView | undefined): Entry[] {
  if (isPast.value) return [{ id: 'do live', title: 'Back to live', about: 'time · L', run: leave }];
  if (readOnly.value) return [];
  return [...(status?.jobs ?? []).flatMap(jobCommands), does('reload', 'Reload jobs.yaml', { type: 'RELOAD', dryRun: false }, 'jobs.yaml was read', 'npx jobctl reload')];
}

function jobCommands(job: JobView): Entry[] {
  const { id, state, stages, breaker, holds } = job;
  if (state === 'archived') return [];
  const failed = stages.reduce((sum, stage) => sum + stage.failed + stage.dead, 0);
  const isDraining = state === 'draining' || state === 'drained';
  return [
    pause(id),
    ...(state === 'running' ? [does(`wake ${id}`, `Wake ${id}`, { type: 'WAKE', job: id }, `${id}: looks for work`, `npx jobctl wake ${id}`)] : []),
    ...(holds.length > 0 || isDraining ? [does(`resume ${id}`, `Resume ${id}`, { type: 'RESUME', job: id, force: false }, `${id}: resumed`, `npx jobctl unpause ${id}`)] : []),
    ...(isDraining ? [] : [does(`drain ${id}`, `Drain ${id}`, { type: 'DRAIN', job: id }, `${id}: draining`, `npx jobctl drain ${id}`)]),
    ...(breaker.state === 'closed' && !breaker.stages ? [] : [does(`clear ${id}`, `Clear errors of ${id}`, { type: 'CLEAR_ERRORS', job: id }, `${id}: errors cleared`, `npx jobctl clear-errors ${id}`)]),
    ...(failed > 0 ? [does(`retry ${id}`, `Retry what failed in ${id} (${failed})`, { type: 'RETRY', job: id }, `${id}: retried`, `npx jobctl retry ${id}`)] : []),
  ];
}

/** Whatever an actor takes as things stand now; what it has to hold is asked for. */
export const sendsOf = ({ offers }: OffersView): Entry[] =>
  offers.map(({ path, ...offered }): Entry => {
    const offer = { ...offered, accepted: true };
    const { event, payload: fields } = offer;
    const form: Form = { event, fields, said: saidOf(event), submit: (payload) => send(path, event, payload) };
    return { id: `send ${path} ${event}`, title: `Send ${event} to ${path}${needsPayload(offer) ? ' …' : ''}`, about: 'event', line: sendLine(path, offer), ...(needsPayload(offer) && { form }), run: () => send(path, event) };
  });

const does = (id: string, title: string, command: Command, did: string, line: string): Entry => ({ id: `do ${id}`, title, about: 'command', line, run: () => act(command, did) });

const pause = (job: string): Entry => ({
  id: `do pause ${job}`, title: `Pause ${job} …`, about: 'command', line: `npx jobctl pause ${job} REASON`, ask: { label: `Why is ${job} paused?`, preset: 'paused in the inspector' },
  run: (reason) => act({ type: 'PAUSE', job, reason }, `${job}: paused`),
});

/** Wherever one is: the same view, as it was then. */
export function timeEntry(text: string, now: number): Entry[] {
  const time = timeIn(text, now);
  if (time === undefined || time > now) return [];
  const goThere = async () => {
    const seq = await seqAt((range) => wire.ask({ type: 'density', ...range }), time);
    if (seq === undefined) throw new Error(`the journal begins after ${dateTime(time)}`);
    go(here({ at: seq }));
  };
  return [{ id: 'time', title: `Go to ${now - time < 43_200_000 ? clockTime(time) : dateTime(time)}`, about: 'time', line: `npx jobctl at "${new Date(time).toLocaleString('sv-SE')}"`, run: goThere }];
}
