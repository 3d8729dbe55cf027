/** `jobctl send PATH EVENT [JSON]` */
import { actorPaths } from '../../store/actors-view.ts';
import { delivering } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { parseJson } from '../json.ts';
import { actorNamed } from '../named.ts';
import { report } from '../report.ts';
import { reading } from '../store.ts';

export async function send(desk: Desk, path: string, type: string, json: string | undefined, { dryRun }: { dryRun?: boolean }): Promise<void> {
  if (!/^[A-Z][A-Z0-9_]*$/.test(type)) {
    const hint = 'these are written in SCREAMING_CASE; `npx jobctl actor PATH` lists what an actor accepts';
    throw new Failure(EXIT.usage, 'usage', `"${type}" is no event for an operator`, { hint });
  }
  const payload = json === undefined ? {} : parseJson(json, 'the payload');
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new Failure(EXIT.usage, 'usage', 'the payload must be a JSON object', { hint: `npx jobctl send ${path} ${type} '{"reason":"…"}'` });
  }
  const command = { type: 'SEND' as const, path, event: { ...payload, type } };
  await reading(desk, async (db) => {
    actorNamed(actorPaths(db), path);
    if (dryRun) (await import('../rehearse.ts')).rehearse(desk, db, command);
  });
  if (!dryRun) await delivering(desk, async (deliver) => report(desk, { path }, await deliver(command)));
}
