/** `jobctl actor PATH` */
import type { ActorView, Offer } from '../../../inspector/protocol.ts';
import { actorPaths, readActor } from '../../store/events-view.ts';
import type { Desk } from '../desk.ts';
import { actorNamed } from '../named.ts';
import { findRunner } from '../runner.ts';
import { reading } from '../store.ts';
import { jsonBlock, oneLine } from '../text.ts';

export async function actor(desk: Desk, path: string): Promise<void> {
  const view = findRunner(desk.data) ? await live(desk, path) : await stored(desk, path);
  if (desk.terminal.json) return desk.terminal.document(view);
  const { terminal } = desk;
  terminal.print(
    `${terminal.paint('bold', oneLine(view.path))}  ${oneLine(view.machine)} version ${view.version}`,
    ...[terminal.paint('dim', 'state'), jsonBlock(view.value), terminal.paint('dim', 'context'), jsonBlock(view.context)],
    ...offered(view, terminal),
  );
}

/** What can be sent to it, and why the rest cannot. */
function offered({ path, accepts, offers = accepts.map((event) => ({ event, accepted: true })) }: ActorView, terminal: Desk['terminal']): string[] {
  if (offers.length === 0) return [];
  const dim = (text: string) => terminal.paint('dim', text);
  const [taken, refused] = [true, false].map((accepted) => offers.filter((offer) => offer.accepted === accepted)) as [Offer[], Offer[]];
  return [
    dim('accepts'),
    ...taken.map(({ event, description }) => `  npx jobctl send ${oneLine(path)} ${oneLine(event)}${description ? `   ${dim(description)}` : ''}`),
    ...refused.map(({ event, reason = '' }) => dim(`  ${oneLine(event)}: ${reason}`)),
  ];
}

/** Only the living actor knows what it would accept. The store knows the names, for a suggestion. */
async function live(desk: Desk, path: string): Promise<ActorView> {
  const { toRunner } = await import('../deliver.ts');
  await reading(desk, (db) => actorNamed(actorPaths(db), path));
  return toRunner(desk, async (_, connection) => {
    const answer = await connection.query('actor', { type: 'actor', path });
    if (!('view' in answer) || !('accepts' in answer.view)) throw new Error('the runner answered a query with something else than an actor');
    return answer.view;
  });
}

function stored(desk: Desk, path: string): Promise<ActorView> {
  return reading(desk, (db) => {
    desk.terminal.say('runner stopped; showing stored state');
    actorNamed(actorPaths(db), path);
    return readActor(db, path)!;
  });
}
