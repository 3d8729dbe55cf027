/** `jobctl doctor`, `doctor log`, `doctor reclassify`: kinds of errors, what was done about them, and corrections. */
import { ERROR_CLASSES, type DoctorAction, type ErrorClass } from '../../../actors/ports.ts';
import { didYouMeanOrList } from '../../config/suggest.ts';
import { inForce } from '../../doctor/in-force.ts';
import { isLasting } from '../../doctor/policy.ts';
import { readActions, readActionsOn, readCosts, readHeldBy, readKind, readKinds, type KindView, type ModelView } from '../../store/doctor-view.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { wholeNumber } from '../number.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { oneLine } from '../text.ts';
import { moment } from '../time.ts';

type Limit = { limit: string };

export async function kinds(desk: Desk, { limit }: Limit): Promise<void> {
  const { terminal, clock } = desk;
  const [found, { failures, models }] = await reading(desk, (db) => [readKinds(db, wholeNumber(limit, '--limit', { from: 1, to: 10_000 })), readCosts(db)] as const);
  if (terminal.json) return terminal.document({ errors: found, failures, models: models.map(({ costMicroUsd: { p50, p95 }, ...model }) => ({ ...model, costUsd: { p50: p50 / 1e6, p95: p95 / 1e6 } })) });
  if (found.length === 0) return terminal.say('no error was met yet');
  const now = clock.now();
  terminal.print(...table(found, [
    { head: 'FINGERPRINT', text: ({ fingerprint }) => fingerprint, paint: (text) => terminal.paint('bold', text) },
    { head: 'TIMES', text: ({ n }) => n, align: 'right' },
    { head: 'LAST', text: ({ lastAt }) => moment(lastAt, now) },
    { head: 'CLASS', text: (kind) => inForce(kind).class },
    { head: 'BY', text: (kind) => deciderOf(inForce(kind)) },
    { head: 'SURE', text: (kind) => `${Math.round(inForce(kind).confidence * 100)} %`, align: 'right' },
    { head: 'JOBS', text: ({ jobs }) => jobs.map(({ job, items, failed }) => `${job} ${items}${failed > 0 ? ` (${failed} failed)` : ''}`).join(', '), most: 40 },
    { head: 'ERROR', text: ({ name, message }) => `${name}: ${message}`, most: 70 },
  ]));
  for (const model of models) terminal.say(costOf(model, failures));
  terminal.say('wrong? npx jobctl doctor reclassify FINGERPRINT CLASS --redo');
}

const deciderOf = ({ by, rule = by }: ReturnType<typeof inForce>): string => rule;

/** `gpt-5-nano was asked about 12 of 4,012 failures: half of its answers took 0.8 s and $0.00021 at most, nineteen of twenty 1.4 s and $0.00034`. */
function costOf({ model, verdicts, costMicroUsd, ms }: ModelView, failures: number): string {
  const took = (which: 'p50' | 'p95') => `${(ms[which] / 1_000).toFixed(1)} s and ${dollars(costMicroUsd[which])}`;
  return `${model} was asked about ${verdicts} of ${failures.toLocaleString('en')} failures: half of its answers took ${took('p50')} at most, nineteen of twenty ${took('p95')}`;
}

const dollars = (microUsd: number): string => `$${(microUsd / 1e6).toFixed(5)}`;

export async function log(desk: Desk, { limit }: Limit): Promise<void> {
  const { terminal } = desk;
  const actions = await reading(desk, (db) => readActions(db, wholeNumber(limit, '--limit', { from: 1, to: 10_000 })));
  if (terminal.json) return terminal.document({ actions: actions.map(({ costMicroUsd, ...action }) => ({ ...action, costUsd: costMicroUsd / 1e6 })) });
  if (actions.length === 0) return terminal.say('the doctor has done nothing yet');
  terminal.print(...actionsTable(actions, desk));
}

const MOST_SHOWN = 20;

export async function show(desk: Desk, fingerprint: string): Promise<void> {
  const { terminal, clock } = desk;
  const [kind, actions, held] = await reading(desk, (db) => [readKind(db, fingerprint), readActionsOn(db, fingerprint, MOST_SHOWN), readHeldBy(db, fingerprint)] as const);
  if (!kind) throw new Failure(EXIT.notFound, 'unknown_fingerprint', `no error with the fingerprint ${fingerprint} was met`, { hint: 'npx jobctl doctor lists those that were' });
  if (terminal.json) return terminal.document({ ...kind, held, actions: actions.map(({ costMicroUsd, ...action }) => ({ ...action, costUsd: costMicroUsd / 1e6 })) });
  const known = inForce(kind);
  const now = clock.now();
  terminal.print(
    `${terminal.paint('bold', fingerprint)}  ${oneLine(`${kind.name}: ${kind.message}`)}`,
    `  means ${terminal.paint('bold', known.class)}, says ${deciderOf(known)}, ${Math.round(known.confidence * 100)} % sure${kind.verdict ? `: ${oneLine(kind.verdict.reason)}` : ''}`,
    `  met ${kind.n} ${kind.n === 1 ? 'time' : 'times'}, first ${moment(kind.firstAt, now)}, last ${moment(kind.lastAt, now)}`,
    ...kind.jobs.map(({ job, attempts, items, failed }) => `  ${job}: ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} of ${items} ${items === 1 ? 'item' : 'items'}${failed > 0 ? `, ${failed} failed` : ''}${held.includes(job) ? ', held by it' : ''}`),
    ...(actions.length > 0 ? ['', ...actionsTable(actions, desk)] : []),
  );
  for (const { job } of kind.jobs.filter(({ failed }) => failed > 0)) terminal.say(`what failed runs again: npx jobctl retry ${job} --fingerprint ${fingerprint}`);
  terminal.say(`wrong? npx jobctl doctor reclassify ${fingerprint} CLASS --redo`);
}

function actionsTable(actions: readonly DoctorAction[], { terminal, clock }: Desk): string[] {
  const now = clock.now();
  return table(actions, [
    { head: 'WHEN', text: ({ at }) => moment(at, now) },
    { head: 'RISK', text: ({ risk }) => risk, paint: (text, { risk }) => (risk === 'high' ? terminal.paint('red', text) : risk === 'medium' ? terminal.paint('yellow', text) : text) },
    { head: 'JOB', text: ({ job, stage }) => (job === null ? '' : `${job}/${stage}`), most: 40 },
    { head: 'ACTION', text: ({ action }) => action },
    { head: 'CLASS', text: (action) => action.class },
    { head: 'BY', text: ({ by }) => by },
    { head: 'OVER', text: (action) => overOf(action, now) },
    { head: 'COST', text: ({ costMicroUsd }) => (costMicroUsd > 0 ? dollars(costMicroUsd) : ''), align: 'right' },
    { head: 'MS', text: ({ ms }) => (ms > 0 ? ms : ''), align: 'right' },
    { head: 'FINGERPRINT', text: ({ fingerprint }) => fingerprint },
    { head: 'WHY', text: ({ reason }) => reason, most: 70 },
  ]);
}

/** Of a trouble that lasts, whether that is over. */
function overOf(action: DoctorAction, now: number): string {
  const { until, endedAt } = action;
  if (!isLasting(action)) return '';
  if (endedAt !== null) return moment(endedAt, now);
  return until !== null && until > now ? `until ${moment(until, now)}` : 'no';
}

/** In force at once, also for what is in flight. What it had condemned is tried again with `--redo`. */
export async function reclassify(desk: Desk, fingerprint: string, kind: string, { reason, redo = false }: { reason?: string; redo?: boolean }): Promise<void> {
  const { terminal } = desk;
  const known = ERROR_CLASSES.find((one) => one === kind);
  if (known === undefined) throw new Failure(EXIT.usage, 'usage', `there is no class "${kind}"${didYouMeanOrList(kind, ERROR_CLASSES)}`);
  const [before, held] = await reading(desk, (db) => [readKind(db, fingerprint), readHeldBy(db, fingerprint)] as const);
  if (!before) throw new Failure(EXIT.notFound, 'unknown_fingerprint', `no error with the fingerprint ${fingerprint} was met`, { hint: 'npx jobctl doctor lists those that were' });
  const condemned = before.jobs.filter(({ failed }) => failed > 0);
  const { pending, redone } = await delivering(desk, async (deliver) => {
    const answer = await deliver({ type: 'RECLASSIFY', fingerprint, class: known, ...(reason !== undefined && { reason }) });
    if (redo) for (const { job } of condemned) await deliver({ type: 'RETRY', job, where: [{ field: 'fingerprint', is: '=', value: fingerprint }] });
    return { pending: answer.pending, redone: redo ? condemned : [] };
  });
  report(desk, { fingerprint, before: inForce(before).class, after: known, pending, condemned, redone, held });
  if (terminal.json) return;
  for (const job of held) terminal.say(`${job} is still held by it: npx jobctl unpause ${job}`);
  if (!redo) for (const { job, failed } of condemned) terminal.say(`${failed} failed ${failed === 1 ? 'task' : 'tasks'} of ${job}: npx jobctl retry ${job} --fingerprint ${fingerprint}`);
}

type Reclassified = { fingerprint: string; before: ErrorClass; after: ErrorClass; pending: boolean; condemned: KindView['jobs']; redone: KindView['jobs']; held: string[] };

function report({ terminal }: Desk, { fingerprint, before, after, pending, condemned, redone, held }: Reclassified): void {
  if (terminal.json) return terminal.document({ ok: true, fingerprint, before, after, ...(pending && { pending }), condemned, redone, held });
  terminal.print(`${terminal.paint('bold', fingerprint)}  ${before} → ${after}${pending ? ' at the next start' : ''}`);
  for (const { job, failed } of redone) terminal.print(`${job}: ${failed} ${failed === 1 ? 'task runs' : 'tasks run'} again`);
}
