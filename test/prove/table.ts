/** What came of it, for people. */
import os from 'node:os';
import { CLAIMS, type Claim } from './audit/finding.ts';
import type { Report, Restart } from './campaign.ts';
import { quantile } from './quantile.ts';

/** One line of the table: what must hold, on what evidence, and whether it does. */
export type Row = { what: string; evidence: string; holds: boolean | 'not judged' };

const VERDICTS: Record<string, string> = { true: 'holds', false: 'FAILS', 'not judged': 'not judged' };
const LEAST_BUSY_SHARE = 0.8;
const RESTART_MS = 1_000;

export function rowsOf(report: Report): Row[] {
  const { deaths, orders, replays, latenessMs, findings } = report;
  const audits = `${deaths.length} audits of the file as it was left`;
  const evidence: Record<Claim, string> = {
    kept: `${n(report.items)} items added, ${n(report.outputs)} tasks done; ${audits}`,
    once: `${n(report.starts)} handler starts, ${n(report.timedOut)} answers after the time-out; ${audits}`,
    counted: audits,
    obeyed: `${n(orders.acknowledged)} acknowledged (in force: ${n(orders.PAUSE)} PAUSE, ${n(orders.RESUME)} RESUME, ${n(orders.ADD)} ADD)`,
    silent: `${n(report.starts)} handler starts against ${n(orders.PAUSE)} pauses`,
    lapsed: `${latenessMs.length} ran out: late by p50 ${ms(quantile(latenessMs, 0.5))}, max ${ms(quantile(latenessMs, 1))}`,
    folded: `${replays.audits} replays of ${replays.actors} actors, ${n(replays.entries)} entries, each with its state; at the end all of them anew`,
    unblamed: `${deaths.length} kills`,
    alive: `${deaths.length + 1} lives`,
  };
  const busy = share(deaths, ({ running }) => running > 0);
  const unanswered = share(deaths, ({ unacknowledged }) => unacknowledged > 0);
  return [
    ...(report.reloads.written > 0 ? [reloadsRow(report)] : []),
    ...(report.unrest.actorDeaths > 0 ? [unrestRow(report)] : []),
    ...Object.entries(CLAIMS).map(([claim, what]) => ({ what, evidence: evidence[claim as Claim], holds: findings.every((finding) => finding.claim !== claim) })),
    { what: 'kills with tasks running', evidence: `${percent(busy)} (at least ${percent(LEAST_BUSY_SHARE)})`, holds: busy >= LEAST_BUSY_SHARE },
    { what: 'kills with a command unacknowledged', evidence: percent(unanswered), holds: unanswered > 0 },
    restartRow('restart to first claim, from spawn', report, ({ fromSpawn }) => fromSpawn),
    restartRow('restart to first claim, from process start', report, ({ fromProcess }) => fromProcess),
  ];
}

function unrestRow({ unrest: { actorDeaths, supervisionHolds } }: Report): Row {
  return { what: 'parts that died meanwhile', evidence: `${n(actorDeaths)} actors died, ${n(supervisionHolds)} times that held a job`, holds: supervisionHolds > 0 };
}

function reloadsRow({ reloads: { written, accepted, refused, unanswered } }: Report): Row {
  const evidence = `${n(written)} texts of jobs.yaml; of ${n(accepted + refused + unanswered)} commands ${n(accepted)} accepted, ${n(refused)} refused, ${n(unanswered)} unanswered at the kill`;
  return { what: 'reloads meanwhile', evidence, holds: accepted > 0 && refused > 0 };
}

/** Times on a machine that has other things to do say more of them: they are shown, and not judged. */
function restartRow(what: string, { restarts, load }: Report, figure: (restart: Restart) => number): Row {
  const values = restarts.map(figure);
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => quantile(values, share));
  const cores = os.availableParallelism();
  const evidence = `p50 ${ms(p50!)}, p95 ${ms(p95!)}, max ${ms(max!)} of ${values.length} (load ${load.toFixed(1)} on ${cores} cores)`;
  return { what, evidence, holds: p95! < RESTART_MS || (load > cores && 'not judged') };
}

export function table(rows: readonly Row[]): string {
  const [what, evidence] = [(row: Row) => row.what, (row: Row) => row.evidence].map((of) => Math.max(...rows.map((row) => of(row).length)));
  return rows.map((row) => `${row.what.padEnd(what!)}  ${row.evidence.padEnd(evidence!)}  ${VERDICTS[String(row.holds)]}`).join('\n');
}

const BUCKETS = [0, 1, 2, 5, 9, 13, 17];

/** How many tasks ran at how many of the kills. */
export function histogram({ deaths }: Report): string {
  const lines = BUCKETS.map((from, index) => {
    const to = (BUCKETS[index + 1] ?? Infinity) - 1;
    const hits = deaths.filter(({ running }) => running >= from && running <= to);
    const unanswered = hits.filter(({ unacknowledged }) => unacknowledged > 0).length;
    const range = to === Infinity ? `${from} or more` : from === to ? `${from}` : `${from} to ${to}`;
    return `${range.padStart(12)} ${'▇'.repeat(Math.round((hits.length / deaths.length) * 60))} ${hits.length} (${unanswered} with a command unacknowledged)`;
  });
  return `tasks running at the kill:\n${lines.join('\n')}`;
}

const share = <T>(of: readonly T[], test: (one: T) => boolean): number => of.filter(test).length / of.length;
const percent = (part: number): string => `${Math.round(part * 100)} %`;
const ms = (value: number): string => `${Math.round(value)} ms`;
const n = (value: number): string => value.toLocaleString('en');
