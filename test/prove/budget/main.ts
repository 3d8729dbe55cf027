/**
 * `npm run prove:budget [-- KILLS]`: kills the runner with -9, 100 times, while 32 attempts pay random amounts; then the control, which
 * settles without reserving. Prints one table, and writes it into docs/operations.md when it was the whole of it; ends with 1 when something does not hold.
 */
import { fileURLToPath } from 'node:url';
import { quantile } from '../quantile.ts';
import { rewrite, written } from '../document.ts';
import { table, type Row } from '../table.ts';
import { campaign, dollars, sum, type Report } from './campaign.ts';

const KILLS = 100;
const kills = Number(process.argv[2] ?? KILLS);
const SHOWN = 20;
const CONTROL = { kills: 40, mostRoom: 300_000 };

if (!Number.isInteger(kills) || kills < 1) {
  console.error('usage: npm run prove:budget [-- KILLS], a whole number from 1');
  process.exit(2);
}
// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

const tell = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
const report = await campaign({ kills, tell });
const control = await campaign({ ...CONTROL, preload: fileURLToPath(new URL('./control.ts', import.meta.url)), until: (findings) => findings.some(isOverrun), tell: (line) => tell(`control: ${line}`) });
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

const rows = rowsOf(report, control);
const done = `${kills} kills in ${Math.round(report.seconds)} s`;
console.log(`${done}\n\n${table(rows)}`);
for (const finding of report.findings.slice(0, SHOWN)) console.log(finding);
const holds = rows.every((row) => row.holds !== false);
if (holds && kills >= KILLS) rewrite('budget', () => written(done, rows));
process.exitCode = holds ? 0 : 1;

function rowsOf({ deaths, findings, outputs }: Report, control: Report): Row[] {
  const last = deaths.at(-1)!;
  const inFlight = deaths.map((death) => death.inFlight);
  const tightest = Math.min(...deaths.map(({ limits, used }) => limits.all - sum(used.all)));
  const bitten = deaths.filter((death) => death.bitten).length;
  const overrun = control.findings.find(isOverrun);
  const audits = `${deaths.length} audits of the file as it was left`;
  return [
    { what: 'settled, lost and reserved money passes no limit', evidence: `${audits}; the least that was left: ${dollars(tightest)}`, holds: !findings.some((finding) => /are settled, lost or reserved/.test(finding)) },
    { what: 'what was really paid passes no limit', evidence: `${dollars(last.paid.all)} paid by ${outputs} tasks, ${dollars(last.used.all.settled)} settled, ${dollars(last.used.all.lost)} lost`, holds: !findings.some((finding) => /were paid, of/.test(finding)) },
    { what: 'nothing was paid that is not counted', evidence: audits, holds: !findings.some((finding) => /are known of/.test(finding)) },
    { what: 'attempts in flight at a kill', evidence: `p50 ${quantile(inFlight, 0.5)}, max ${Math.max(...inFlight)}`, holds: Math.max(...inFlight) >= 20 },
    { what: 'limits bite', evidence: `at ${bitten} of ${deaths.length} kills a limit was in the way of one more`, holds: bitten > 0 },
    { what: 'control: settled without reservation', evidence: overrun ? `fails after ${control.deaths.length} kills, as it must: ${overrun}` : `not noticed in ${control.deaths.length} kills`, holds: overrun !== undefined },
  ];
}

function isOverrun(finding: string): boolean {
  return /were paid, of/.test(finding);
}
