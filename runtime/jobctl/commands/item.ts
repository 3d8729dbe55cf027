/** `jobctl item ID|KEY` */
import type { AttemptView, ItemDetail, TaskView } from '../../../inspector/protocol.ts';
import { readAttemptLogs } from '../../store/attempt-logs-view.ts';
import { readItem } from '../../store/items-view.ts';
import { logBlock, type ShownLog } from '../attempt-log.ts';
import { callsTable } from '../calls-table.ts';
import type { Desk } from '../desk.ts';
import { logsNow } from '../live.ts';
import { itemNamed, jobNamed } from '../named.ts';
import { reading, statusOf } from '../store.ts';
import { table, type Column } from '../table.ts';
import { jsonBlock, oneLine } from '../text.ts';
import { moment, span } from '../time.ts';
import { usd } from '../usd.ts';

/** Of an output; `--json` gives the whole. */
const MOST_LINES = 40;

export async function item(desk: Desk, name: string, { job }: { job?: string }): Promise<void> {
  const { detail, ended } = await reading(desk, (db) => {
    const status = statusOf(desk, db);
    const id = itemNamed(desk, db, name, job === undefined ? undefined : jobNamed(status, job).id);
    return { detail: readItem(db, id)!, ended: readAttemptLogs(db, id) };
  });
  const logs = [...ended, ...(await logsNow(desk, detail))];
  if (desk.terminal.json) return desk.terminal.document({ ...detail, ...(logs.length > 0 && { logs }) });
  desk.terminal.print(...lines(detail, logs, desk));
}

/** What the last attempt at each stage said is shown; `--json` gives that of all. */
const lastOfEach = (logs: readonly ShownLog[]): ShownLog[] => [...new Map(logs.map((log) => [log.stage, log])).values()];

function lines(item: ItemDetail, logs: readonly ShownLog[], desk: Desk): string[] {
  const { terminal } = desk;
  const now = desk.clock.now();
  return [
    `${terminal.paint('bold', oneLine(item.key))}  ${item.job}, item ${item.id}, found ${moment(item.createdAt, now)}${item.priority === 0 ? '' : `, priority ${item.priority}`}`,
    ...(item.title === null ? [] : [oneLine(item.title)]),
    ...block('data', item.data, desk),
    '',
    ...table(Object.entries(item.stages), taskColumns(desk)),
    ...(item.attempts.length === 0 ? [] : ['', ...table(item.attempts, attemptColumns(now))]),
    ...hint(item, desk),
    ...lastOfEach(logs).flatMap((log) => ['', ...logBlock(log, desk)]),
    ...(item.calls ? ['', ...callsTable(item.calls)] : []),
    ...Object.entries(item.stages).flatMap(([stage, { output }]) => (output === undefined ? [] : ['', ...block(`output of ${stage}`, output, desk)])),
  ];
}

function taskColumns({ clock }: Desk): Column<[string, TaskView]>[] {
  return [
    { head: 'STAGE', text: ([stage]) => stage },
    { head: 'STATE', text: ([, { state, parked }]) => (parked ? `${state}, parked` : state) },
    { head: 'STARTS', text: ([, task]) => task.attempts, align: 'right' },
    { head: 'DUE', text: ([, { dueAt }]) => (dueAt === undefined ? '' : moment(dueAt, clock.now())) },
    { head: 'COST', text: ([, task]) => dollars(task.costUsd), align: 'right' },
    { head: 'RESERVED', text: ([, task]) => dollars(task.reservedUsd), align: 'right' },
    { head: 'WHY', text: ([, task]) => reason(task), most: 100 },
  ];
}

function attemptColumns(now: number): Column<AttemptView>[] {
  return [
    { head: 'ATTEMPT', text: (attempt) => `${attempt.stage} ${attempt.attempt}` },
    { head: 'STARTED', text: (attempt) => moment(attempt.startedAt, now) },
    { head: 'TOOK', text: ({ startedAt, finishedAt }) => (finishedAt === null ? '' : span(finishedAt - startedAt)), align: 'right' },
    { head: 'OUTCOME', text: (attempt) => attempt.outcome },
    { head: 'CLASS', text: (attempt) => attempt.class ?? '' },
    { head: 'ERROR', text: ({ fingerprint }) => fingerprint ?? '' },
    { head: 'COST', text: (attempt) => dollars(attempt.costUsd), align: 'right' },
    { head: 'SAID', text: said },
    { head: 'FILES', text: (attempt) => (attempt.artifacts ?? []).map((file) => file.name).join(', '), most: 40 },
    { head: 'TRACE', text: ({ told }) => told ?? '', align: 'right' },
    { head: 'WHY', text: reason, most: 100 },
  ];
}

/** What else is known of the last error. */
function hint({ attempts }: ItemDetail, { terminal }: Desk): string[] {
  const fingerprint = attempts.findLast((attempt) => attempt.fingerprint !== undefined)?.fingerprint;
  return fingerprint === undefined ? [] : [terminal.paint('dim', `npx jobctl doctor show ${fingerprint} says what that error means, and where else it was met`)];
}

const said = ({ lines, requests }: AttemptView) => [lines && `${lines} ${lines === 1 ? 'line' : 'lines'}`, requests && `${requests} HTTP`].filter(Boolean).join(', ');
const reason = ({ error, reason }: Pick<TaskView, 'error' | 'reason'>) => (error ? `${error.name}: ${error.message}` : (reason ?? ''));
const dollars = (amount: number | undefined) => (amount === undefined ? '' : usd(amount));

function block(head: string, value: unknown, { terminal }: Desk): string[] {
  const all = jsonBlock(value).split('\n');
  const rest = all.length - MOST_LINES;
  return [terminal.paint('dim', head), ...all.slice(0, MOST_LINES).map((line) => `  ${line}`), ...(rest > 0 ? [`  … ${rest} more lines (--json shows all)`] : [])];
}
