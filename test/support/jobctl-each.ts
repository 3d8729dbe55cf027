/** Reads command lines (JSON) from stdin, runs each by the main function of `jobctl`, prints what each said. */
import { text } from 'node:stream/consumers';
import { main } from '../../runtime/jobctl/main.ts';

process.stdout.setMaxListeners(0);
const results = [];
for (const line of JSON.parse(await text(process.stdin)) as string[][]) {
  const said = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) process[name].write = (chunk: unknown) => Boolean((said[name] += String(chunk)));
  const code = await main(line);
  process.stdout.write = writes.stdout;
  process.stderr.write = writes.stderr;
  results.push({ code, ...said });
}
process.stdout.write(JSON.stringify(results));
