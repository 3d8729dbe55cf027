/**
 * `npm run prove [-- KILLS [ITEMS]]`: kills the runner with -9, 200 times, while 2,000 items go through three stages, handlers
 * fail and are late, commands arrive and jobs.yaml is edited and reloaded; then runs the controls. Prints one table; ends with 1 when something does not hold.
 */
import { campaign } from './campaign.ts';
import { controls } from './controls.ts';
import { atRandom, wait } from './moments.ts';
import { histogram, rowsOf, table, type Row } from './table.ts';

const [kills, items] = [process.argv[2] ?? '200', process.argv[3] ?? '2000'].map(Number) as [number, number];
const SHOWN = 20;

if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(items) || items < 1) {
  console.error('usage: npm run prove [-- KILLS [ITEMS]], whole numbers from 1');
  process.exit(2);
}

// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

const tell = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
const report = await campaign({ kills, items, moment: atRandom, rest: () => wait(Math.random() * 10), edits: () => wait(Math.random() * 40), tell });
const rows: Row[] = rowsOf(report);
for await (const row of controls(tell)) rows.push(row);
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

console.log(`${kills} kills in ${Math.round(report.seconds)} s\n\n${histogram(report)}\n\n${table(rows)}`);
for (const { claim, what } of report.findings.slice(0, SHOWN)) console.log(`${claim}: ${what}`);
if (report.findings.length > SHOWN) console.log(`and ${report.findings.length - SHOWN} more`);
process.exitCode = rows.every(({ holds }) => holds !== false) ? 0 : 1;
