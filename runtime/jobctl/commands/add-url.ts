/** `jobctl add-url URL…`: an address finds its job by what the jobs accept. */
import type { ItemAdded } from '../../../inspector/protocol.ts';
import { bring } from '../bring.ts';
import type { Desk } from '../desk.ts';
import { oneLine } from '../text.ts';

type Options = { job?: string; title?: string; dryRun?: boolean };

export async function addUrl(desk: Desk, urls: readonly string[], { job, title, dryRun = false }: Options): Promise<void> {
  const { terminal } = desk;
  const requests = urls.map((url) => ({ url, ...(job !== undefined && { job }), ...(title !== undefined && { title }) }));
  const { pending, items } = await bring(desk, requests, { dryRun });
  if (pending && !dryRun) terminal.say('runner stopped; stored');
  if (terminal.json) return terminal.document({ ok: true, pending, ...(dryRun && { dryRun }), items });
  for (const item of items) {
    const what = dryRun ? 'would go here' : pending ? 'applied at the next start' : item.known ? 'known already' : 'new';
    terminal.print(`${terminal.paint('bold', oneLine(item.job))}  ${what}: ${oneLine(item.key)}${terminal.paint('dim', why(item))}`);
  }
}

function why({ pattern }: ItemAdded): string {
  return pattern === undefined ? '' : `  accepts ${oneLine(pattern)}`;
}
