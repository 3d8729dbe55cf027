/**
 * How the page stands to the runner, as a machine: it connects by itself for as long as the page is open, and always knows whether what it
 * shows is of now.
 */
import { assign, fromCallback, setup } from 'xstate';
import type { ServerFrame } from '../protocol.ts';

/** So long without a word, what is shown may be old: a runner is asked every `ASK_MS`. */
const SILENCE_MS = 4_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 5_000];

export type ConnectionEvent =
  | { type: 'opened' }
  | { type: 'heard'; at: number }
  | { type: 'refused' }
  | { type: 'lost' }
  | { type: 'RETRY' };

/** The open socket: what is given to `send` goes out, what comes in goes to `hear`. */
export type Line = { send(text: string): void };

export type ConnectionPorts = { open(line: Line): void; hear(frame: ServerFrame): void; closed(): void };

/** `heardAt`, `retryAt`: ms since the epoch. */
type Context = { retries: number; heardAt: number; retryAt: number };

export function connectionMachine(ports: ConnectionPorts) {
  return setup({
    types: { context: {} as Context, events: {} as ConnectionEvent },
    actors: { socket: fromCallback<ConnectionEvent>(({ sendBack }) => connect(ports, sendBack)) },
    delays: { silence: SILENCE_MS, retry: ({ context }) => retryMs(context.retries) },
    actions: {
      note: assign({ heardAt: ({ event, context }) => (event.type === 'heard' ? event.at : context.heardAt) }),
      forget: assign({ retries: 0 }),
      plan: assign({ retries: ({ context }) => context.retries + 1, retryAt: ({ context }) => Date.now() + retryMs(context.retries + 1) }),
    },
  }).createMachine({
    id: 'connection',
    context: { retries: 0, heardAt: 0, retryAt: 0 },
    initial: 'on',
    states: {
      on: {
        invoke: { src: 'socket' },
        on: { lost: 'off', refused: 'signedOut' },
        initial: 'connecting',
        states: {
          connecting: { on: { opened: 'live' } },
          live: { entry: 'forget', after: { silence: 'behind' }, on: { heard: { target: 'live', reenter: true, actions: 'note' } } },
          behind: { on: { heard: { target: 'live', actions: 'note' } } },
        },
      },
      off: { entry: 'plan', after: { retry: 'on' }, on: { RETRY: 'on' } },
      signedOut: { on: { RETRY: 'on' } },
    },
  });
}

const retryMs = (retries: number): number => RETRY_MS[Math.min(retries, RETRY_MS.length) - 1] ?? 0;

function connect({ open, hear, closed }: ConnectionPorts, sendBack: (event: ConnectionEvent) => void): () => void {
  let socket: WebSocket | undefined;
  let over = false;
  const end = (event: ConnectionEvent) => {
    if (!over) sendBack(event);
    over = true;
  };
  void signIn().then((session) => {
    if (over) return;
    if (session !== 'open') return end({ type: session });
    socket = new WebSocket(`ws://${location.host}/ws`);
    socket.onopen = () => {
      open({ send: (text) => socket!.send(text) });
      sendBack({ type: 'opened' });
    };
    socket.onmessage = ({ data }) => {
      sendBack({ type: 'heard', at: Date.now() });
      hear(JSON.parse(data as string) as ServerFrame);
    };
    socket.onclose = () => {
      closed();
      end({ type: 'lost' });
    };
  });
  return () => {
    over = true;
    socket?.close();
  };
}

/** The code in the address works once; it leaves the address bar at once. */
async function signIn(): Promise<'open' | 'refused' | 'lost'> {
  const code = /^#c=([\w-]+)/.exec(location.hash)?.[1];
  try {
    if (code !== undefined) {
      history.replaceState(null, '', location.pathname);
      await fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
    }
    return (await fetch('/session')).ok ? 'open' : 'refused';
  } catch {
    return 'lost';
  }
}
