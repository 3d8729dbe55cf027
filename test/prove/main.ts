/**
 * `npm run prove [-- --kills N --items N]`: kills the runner with -9, 200 times, while ten times as many items go through three stages.
 * Meanwhile handlers fail, are late, hold their job and take the process with them, parts of the runner die, commands arrive, and
 * jobs.yaml is edited and reloaded. Then it runs the controls. Prints one table; ends with 1 when something does not hold.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { controls } from './controls.ts';
import { atRandom, wait } from './moments.ts';
import { histogram, rowsOf, table, type Row } from './table.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { kills: { type: 'string' }, items: { type: 'string' } } });
const kills = Number(values.kills ?? positionals[0] ?? '200');
const items = Number(values.items ?? positionals[1] ?? String(10 * kills));
const UNREST = fileURLToPath(new URL('./unrest.ts', import.meta.url));
const SHOWN = 20;

if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(items) || items < 1) {
  console.error('usage: npm run prove [-- --kills N --items N], whole numbers from 1');
  process.exit(2);
}

// So that nothing is left behind.
process.once('SIGINT', () => process.exit(130));

const tell = (line: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
const report = await campaign({ kills, items, moment: atRandom, rest: () => wait(Math.random() * 10), edits: () => wait(Math.random() * 40), troubles: true, preload: UNREST, tell });
const rows: Row[] = rowsOf(report);
for await (const row of controls(tell)) rows.push(row);
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

console.log(`${kills} kills in ${Math.round(report.seconds)} s\n\n${histogram(report)}\n\n${table(rows)}`);
for (const { claim, what } of report.findings.slice(0, SHOWN)) console.log(`${claim}: ${what}`);
if (report.findings.length > SHOWN) console.log(`and ${report.findings.length - SHOWN} more`);
process.exitCode = rows.every(({ holds }) => holds !== false) ? 0 : 1;
