/** What the page knows: signals that views read. Everything comes from the runner; nothing is made up. */
import { computed, signal } from '@preact/signals';
import { createActor, type ActorRefFrom } from 'xstate';
import type { Answer, Command, MovedFrame, ServerFrame, StatusView } from '../protocol.ts';
import { connectionMachine } from './connection.ts';
import { Rates } from './rates.ts';
import { Wire } from './wire.ts';

/** A runner that says nothing is asked: so silence means that it does not hear. */
const ASK_MS = 2_000;

export const status = signal<StatusView | undefined>(undefined);
/** Number of the newest entry of the journal that the page has heard of. */
export const seq = signal(0);
/** Ms since the epoch, by the second. */
export const now = signal(Date.now());
/** Counts what this page has done. */
const deeds = signal(0);
/** Another one every two seconds, and after each deed: for views of what no patch tells, which are read again then. */
export const beat = computed(() => `${Math.floor(now.value / 2_000)} ${deeds.value}`);
export const rates = new Rates();
/** Who hears of the actor that is watched. */
export const moved = signal<MovedFrame | undefined>(undefined);
/** Counts the runners that were met: views read again when there is another one. */
export const boots = signal(0);

export type Link = { state: 'connecting' | 'live' | 'behind' | 'off' | 'signedOut'; heardAt: number; retryAt: number };
/** A page that nobody sees asks for nothing, watches nothing, and is told nothing. */
export const isShown = signal(!document.hidden);

export const link = signal<Link>({ state: 'connecting', heardAt: 0, retryAt: 0 });
export const isLive = computed(() => link.value.state === 'live');

/** Whether this browser may look only. */
export const readOnly = signal(false);

export const wire = new Wire();
let bootId = '';

let connection: ActorRefFrom<ReturnType<typeof connectionMachine>>;

export function start(): void {
  connection = createActor(connectionMachine({ open: (line) => wire.open(line), hear, closed: () => wire.close() }));
  connection.subscribe(({ value, context: { heardAt, retryAt } }) => {
    const state = (typeof value === 'string' ? value : value.on) as Link['state'];
    const known = link.peek();
    if (known.state !== state || state !== 'live') link.value = { state, heardAt, retryAt };
  });
  connection.start();
  setInterval(() => {
    if (document.hidden) return;
    now.value = Date.now();
  }, 1000);
  setInterval(() => void refresh(), ASK_MS);
  document.addEventListener('visibilitychange', () => {
    isShown.value = !document.hidden;
    hearPatches(isShown.value);
    void refresh();
  });
  // The link may have been followed in another tab.
  addEventListener('focus', () => void (link.peek().state === 'signedOut' && retryNow()));
}

export const retryNow = (): void => connection.send({ type: 'RETRY' });

/** What it has missed it reads again, as after a gap. */
const hearPatches = (wanted: boolean): void => void wire.ask({ type: 'patches', wanted }).catch(() => {});

/** Reads everything again. A hidden page asks for nothing. */
async function refresh(): Promise<void> {
  if (document.hidden || link.peek().state === 'off' || link.peek().state === 'signedOut' || link.peek().state === 'connecting') return;
  await wire.ask({ type: 'status' }).then(see, () => {});
}

function see(view: StatusView): void {
  now.value = Date.now();
  rates.note(view.jobs, now.value);
  status.value = view;
}

function hear(frame: ServerFrame): void {
  if (!('type' in frame)) return wire.hear(frame);
  switch (frame.type) {
    case 'hello':
      seq.value = frame.seq;
      readOnly.value = frame.scope === 'read';
      if (frame.bootId !== bootId) boots.value += 1;
      bootId = frame.bootId;
      if (document.hidden) hearPatches(false);
      return void wire.ask({ type: 'status' }).then(see, () => {});
    case 'patch': {
      const { jobs, runner, config } = frame;
      const last = status.peek();
      if (frame.since > seq.peek() || !last) void refresh();
      seq.value = frame.seq;
      if (last) see({ ...last, jobs, ...(runner && { runner }), ...(config && { config }) });
      return;
    }
    case 'moved':
      moved.value = frame;
  }
}

/** `failed`: what was asked was not done. `back`: what takes it back, a click away. */
export type Toast = { id: number; text: string; failed: boolean; undo?: string; back?: Command };
export const toasts = signal<readonly Toast[]>([]);
let toastId = 0;
const TOAST_MS = 8_000;

export function say(text: string, { failed = false, undo, back }: { failed?: boolean; undo?: string | undefined; back?: Command | undefined } = {}): void {
  const toast: Toast = { id: ++toastId, text, failed, ...(undo !== undefined && { undo }), ...(back && { back }) };
  toasts.value = [...toasts.value.slice(-3), toast];
  setTimeout(() => dismiss(toast.id), TOAST_MS);
}

export const dismiss = (id: number): void => void (toasts.value = toasts.value.filter((toast) => toast.id !== id));

/** Sends a command and says what came of it; `back` takes it back. Answers why it was not done; nothing when it was. */
export async function act(command: Command, did: string, back?: Command): Promise<string | undefined> {
  try {
    const answer = await wire.command(command);
    deeds.value += 1;
    if (!answer.ok) return failed(answer.message);
    say(wordsOf(answer, did), { undo: answer.undo, back: back ?? answer.back });
    return undefined;
  } catch (error) {
    return failed((error as Error).message);
  }
}

function failed(why: string): string {
  say(why, { failed: true });
  return why;
}

function wordsOf({ after, note }: Extract<Answer, { ok: true }>, did: string): string {
  const counts = Object.entries(after.counts ?? {}).map(([name, n]) => `${n} ${name}`);
  return [did, counts.join(', '), note].filter(Boolean).join(' · ');
}
