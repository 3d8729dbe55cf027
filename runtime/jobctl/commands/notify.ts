/** `jobctl notify test [TARGET]`, `jobctl notifications`: whether messages arrive, and what became of them. */
import path from 'node:path';
import { didYouMeanOrList } from '../../config/suggest.ts';
import { httpSpec } from '../../config/http.ts';
import { createWeb } from '../../http/web.ts';
import { testMessage } from '../../notify/message.ts';
import { PostOffice } from '../../notify/post-office.ts';
import type { IncidentRow, NotificationRow } from '../../store/notices.ts';
import { readNotices } from '../../store/notices-view.ts';
import { configured } from '../configured.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { wholeNumber } from '../number.ts';
import { findRunner } from '../runner.ts';
import { reading } from '../store.ts';
import { table } from '../table.ts';
import { moment, span } from '../time.ts';

const NEVER = new AbortController().signal;

/** From here, with the variables of this terminal: the runner need not live. */
export async function test(desk: Desk, name: string | undefined): Promise<void> {
  const { terminal, clock, config } = desk;
  const { spec } = await configured(desk, 'nothing was sent');
  const { targets, link } = spec.notify;
  const meant = name === undefined ? targets : targets.filter((target) => target.name === name);
  if (meant.length === 0) throw noTarget(name, targets.map((target) => target.name));
  const its = httpSpec({}, {});
  const web = createWeb({ clock, spec: () => its });
  const office = new PostOffice({ clock, env: process.env, root: path.dirname(config), fetch: (host) => web.api('notify', host) });
  const inspector = link ?? findRunner(desk.data)?.url ?? `http://127.0.0.1:${spec.port}`;
  const tried = await Promise.all(meant.map(async (target) => {
    const began = clock.monotonic();
    const delivery = await office.deliver(testMessage(target.name, inspector, clock.now()), target, NEVER);
    return { target: target.name, kind: target.kind, ok: delivery.ok, answer: delivery.ok ? delivery.said : delivery.reason, ms: Math.round(clock.monotonic() - began) };
  }));
  if (terminal.json) terminal.document({ tried });
  else for (const { target, kind, ok, answer, ms } of tried) terminal.print(`${ok ? terminal.paint('green', '✓') : terminal.paint('red', '✗')} ${terminal.paint('bold', target)} (${kind}): ${answer}, in ${span(ms)}`);
  const wrong = tried.filter(({ ok }) => !ok);
  if (wrong.length > 0) throw new Failure(EXIT.failed, 'not_delivered', `${wrong.map(({ target }) => `"${target}"`).join(', ')} did not take the message`);
}

function noTarget(name: string | undefined, targets: readonly string[]): Failure {
  if (name === undefined) return new Failure(EXIT.notFound, 'no_targets', 'jobs.yaml names nobody under notify', { hint: 'docs/notifications.md shows how' });
  return new Failure(EXIT.notFound, 'unknown_target', `jobs.yaml has no target "${name}" under notify${didYouMeanOrList(name, targets)}`);
}

export async function notifications(desk: Desk, { limit }: { limit: string }): Promise<void> {
  const { terminal, clock } = desk;
  const view = await reading(desk, (db) => readNotices(db, wholeNumber(limit, '--limit', { from: 1, to: 10_000 })));
  if (terminal.json) return terminal.document(view);
  if (view.notifications.length === 0) return terminal.say('nothing was told yet');
  const now = clock.now();
  const incidents = new Map(view.incidents.map((incident) => [incident.id, incident]));
  terminal.print(...table(view.notifications, [
    { head: 'WHEN', text: ({ writtenAt }) => moment(writtenAt, now) },
    { head: 'TARGET', text: ({ target }) => target, paint: (text) => terminal.paint('bold', text) },
    { head: 'RISK', text: ({ risk }) => risk },
    { head: 'STATE', text: ({ state }) => state, paint: (text, { state }) => (state === 'failed' ? terminal.paint('red', text) : state === 'waiting' ? terminal.paint('yellow', text) : text) },
    { head: 'ABOUT', text: (one) => about(one, incidents.get(one.incident)), most: 60 },
    { head: 'WHY', text: (one) => why(one, now), most: 70 },
  ]));
}

function about({ kind, incident }: NotificationRow, known: IncidentRow | undefined): string {
  const what = { opened: '', ended: 'over: ', over: 'was and is over: ', note: 'the doctor: ' }[kind];
  return `${what}${known ? `${known.jobs.join(', ')} ${known.reason}` : incident}`;
}

function why({ state, tries, dueAt, doneAt, reason }: NotificationRow, now: number): string {
  if (state === 'waiting') return tries > 0 ? `${reason ?? ''}; tried ${tries}×, again ${moment(dueAt, now)}` : 'not sent yet: quiet hours, or others go first';
  return [reason ?? '', ...(doneAt === null ? [] : [moment(doneAt, now)])].filter(Boolean).join(', ');
}
