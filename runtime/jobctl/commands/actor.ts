/** `jobctl actor [PATH]` */
import type { ActorLine, ActorView, AsideView, Offer, RestartsView } from '../../../inspector/protocol.ts';
import { actorPaths, readActor, readTree } from '../../store/actors-view.ts';
import { readAsideOf } from '../../store/aside-view.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { actorNamed } from '../named.ts';
import { findRunner } from '../runner.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { jsonBlock, oneLine } from '../text.ts';
import { moment } from '../time.ts';

export async function actor(desk: Desk, path: string | undefined): Promise<void> {
  if (path === undefined) return tree(desk);
  const view = { ...(findRunner(desk.data) ? await live(desk, path) : await stored(desk, path)), ...(await aside(desk, path)) };
  if (desk.terminal.json) return desk.terminal.document(view);
  const { terminal, clock } = desk;
  const dim = (text: string) => terminal.paint('dim', text);
  terminal.print(
    `${terminal.paint('bold', oneLine(view.path))}${view.machine === '' ? '' : `  ${oneLine(view.machine)} version ${view.version}`}`,
    ...(view.restarts ? [`  ${deaths(view.restarts, clock.now())}`] : []),
    ...(view.value === null ? [] : [dim('state'), jsonBlock(view.value), dim('context'), jsonBlock(view.context)]),
    ...offered(view, terminal),
    ...putAside(view, desk),
  );
}

/** `started again 2 times; it last died 12:04:11: Error: out of order` */
function deaths({ count, lastAt, error, nextAt }: RestartsView, now: number): string {
  const again = nextAt === undefined ? '' : nextAt === null ? '; it is not started again before its job is resumed' : `; it starts again ${moment(nextAt, now)}`;
  return `started again ${count === 1 ? 'once' : `${count} times`}; it last died ${moment(lastAt, now)}: ${oneLine(error)}${again}`;
}

async function tree(desk: Desk): Promise<void> {
  const { terminal, clock } = desk;
  const actors = await reading(desk, (db) => {
    if (!findRunner(desk.data)) terminal.say('runner stopped; showing stored state');
    return readTree(db);
  });
  if (terminal.json) return terminal.document({ actors });
  const now = clock.now();
  const isDown = ({ restarts }: ActorLine) => restarts?.nextAt !== undefined;
  terminal.print(
    ...table(actors, [
      { head: 'ACTOR', text: ({ path }) => path },
      { head: 'STATE', text: ({ state }) => state, paint: (text, line) => (isDown(line) ? terminal.paint('red', text) : text) },
      { head: 'RESTARTS', text: ({ restarts }) => restarts?.count || '', align: 'right' },
      { head: 'LAST EVENT', text: ({ last }) => last?.type ?? '' },
      { head: 'AT', text: ({ last }) => (last ? moment(last.at, now) : '') },
      { head: 'LAST DEATH', text: ({ restarts }) => (restarts ? `${moment(restarts.lastAt, now)}: ${restarts.error}` : ''), most: 80 },
    ]),
  );
}

async function aside(desk: Desk, path: string): Promise<Pick<ActorView, 'aside'>> {
  const rows = await reading(desk, (db) => readAsideOf(db, path));
  return rows.length > 0 ? { aside: rows } : {};
}

/** What it once was, and could not go on from. */
function putAside({ aside = [] }: ActorView, { terminal, clock }: Desk): string[] {
  if (aside.length === 0) return [];
  const one = ({ at, reason }: AsideView) => `  ${moment(at, clock.now())}  ${oneLine(reason)}`;
  return [terminal.paint('yellow', 'began anew, for its stored state could not be used (--json shows it)'), ...aside.map(one)];
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
    const view = readActor(db, path);
    if (!view) throw new Failure(EXIT.failed, 'unreadable', `the stored state of ${path} cannot be read`, { hint: 'the next start puts it aside and begins the actor anew: `npx jobctl run`' });
    return view;
  });
}
