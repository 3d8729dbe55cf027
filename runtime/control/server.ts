/**
 * The runner's one door: HTTP and a WebSocket on the loopback interface.
 *
 *   GET  /, /assets/…   the inspector; it holds nothing private, so it needs no secret
 *   GET  /add                   what a bookmark opens, see `inspector/add-page.ts`
 *   GET  /session               204 when this browser is signed in, else 401
 *   POST /session {code}        exchanges a one-time code for a session cookie
 *   POST /code {scope?}         bearer only: a fresh link for a browser
 *   POST /items                 things to work on, see `items.ts`; bearer, or cookie and own Origin
 *   POST /items/route           where they would go
 *   GET  /items/N/artifacts/H   a file that an attempt of the item wrote, see `item-artifacts.ts`; bearer or cookie
 *   GET  /ws, upgrade           the protocol; a browser by cookie and its own Origin, a program by bearer without one
 *
 * No path of a request ever reaches the file system: assets are a map in memory, an artifact is found by a row.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock, Log } from '../../actors/ports.ts';
import { addPage } from '../../inspector/add-page.ts';
import type { Assets } from '../../inspector/asset.ts';
import { MAX_FRAME_BYTES, type ConnectionView, type Patch, type Scope } from '../../inspector/protocol.ts';
import { Auth, type Identity } from './auth.ts';
import { Clients } from './clients.ts';
import type { ControlledRuntime } from './controlled.ts';
import { Gate, jsonHeaders, notFound, SECURITY_HEADERS, unauthorized, type Refusal } from './gate.ts';
import { answerRequest, type Pages } from './pages.ts';
import { TokenBucket } from './token-bucket.ts';

/** An `import` reads all that the module exports, also its browser-like WebSocket: for that one, Node loads a whole HTTP client, which takes 50 ms of each start. */
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

const LOOPBACK = '127.0.0.1';
const HTTP_LIMITS = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 };
const MOST_CONNECTIONS = 256;
const REQUESTS_PER_CONNECTION = 1_000;
const ITEMS_PACE = { perSecond: 20, burst: 100 };
const SOCKET_LIMITS = { maxPayload: MAX_FRAME_BYTES, maxFragments: 16, maxBufferedChunks: 64, perMessageDeflate: false };

export type ControlOptions = {
  clock: Clock;
  /** 0 takes any free one. */
  port: number;
  /** Loopback only: anything else is refused. */
  host?: string;
  /** Where `runner.token` is written. */
  dataDir: string;
  runtime: ControlledRuntime;
  log: Log;
  /** The inspector. */
  assets: Assets;
  /** Browsers may look, and change nothing, whatever their link says; programs with the token may. */
  readOnly?: boolean;
};

export type Control = {
  port: number;
  /** `http://127.0.0.1:4600` */
  url: string;
  /** The address with a code that signs one browser in: good once, for a minute. */
  openUrl(scope?: Scope): string;
  /** Sends what changed to every client. */
  broadcast(patch: Patch): void;
  /** Whether anybody would hear a broadcast. */
  hasClients(): boolean;
  connections(): ConnectionView[];
  /** Refuses new clients, says goodbye to the present ones, gives the port back. */
  close(): Promise<void>;
};

/** Starts to listen; rejects with the way out when it cannot. */
export async function startControl({ host = LOOPBACK, ...options }: ControlOptions): Promise<Control> {
  if (host !== LOOPBACK) throw new Error(`the control port opens on ${LOOPBACK} only, not on "${host}": reach it from elsewhere through an SSH tunnel`);
  const http = createServer(HTTP_LIMITS);
  http.maxConnections = MOST_CONNECTIONS;
  http.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  const port = await listen(http, options.port);
  const url = `http://${LOOPBACK}:${port}`;
  const auth = new Auth({ clock: options.clock, dataDir: options.dataDir, port, ...(options.readOnly && { readOnly: true }) });
  const clients = new Clients(options);
  const openUrl = (scope: Scope = 'control') => `${url}/#c=${auth.issueCode(scope)}`;
  const pace = new TokenBucket(options.clock, ITEMS_PACE);
  serve({ http, auth, clients, openUrl, pace, runtime: options.runtime, log: options.log, gate: new Gate(port), assets: { get: (path) => addPage.get(path) ?? options.assets.get(path) } });
  return {
    port,
    url,
    openUrl,
    broadcast: (patch) => clients.broadcast(patch),
    hasClients: () => clients.any,
    connections: () => clients.all,
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.removeAllListeners('upgrade');
      await clients.close();
      http.closeAllConnections();
      await closed;
      auth.close();
    },
  };
}

async function listen(http: Server, port: number): Promise<number> {
  http.listen(port, LOOPBACK);
  try {
    await once(http, 'listening');
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = taken ? 'another program has it; take another with --port N or `inspector: { port: N }` in jobs.yaml, or any free one with --port 0' : String(cause);
    throw new Error(`port ${port} on ${LOOPBACK} cannot be opened: ${why}`, { cause });
  }
  return (http.address() as AddressInfo).port;
}

type Door = Pages & { http: Server; clients: Clients };

function serve(door: Door): void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, ...SOCKET_LIMITS });
  door.http.on('request', (request, response) => void answerRequest(door, request, response));
  door.http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const admitted = admit(door, request);
    if ('status' in admitted) return turnAway(socket, admitted);
    sockets.handleUpgrade(request, socket, head, (client) => door.clients.welcome(client, admitted));
  });
}

function admit({ gate, auth, clients }: Door, request: IncomingMessage): Identity | Refusal {
  const refusal = gate.check(request);
  if (refusal) return refusal;
  if (request.url !== '/ws') return notFound;
  // A browser always says where a WebSocket comes from. So without an Origin it is a program, and that must know the token.
  const byBearer = auth.bearer(request.headers.authorization);
  const identity = request.headers.origin === undefined ? byBearer : (byBearer ?? auth.cookie(request.headers.cookie));
  if (!identity) return unauthorized;
  if (clients.full) return { status: 503, code: 'too_many_clients', message: 'too many clients are connected: close one' };
  return identity;
}

function turnAway(socket: Duplex, { status, code, message, headers }: Refusal): void {
  const body = JSON.stringify({ ok: false, code, message });
  const lines = Object.entries({ ...SECURITY_HEADERS, ...headers, ...jsonHeaders(body), Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
