/** What is answered over plain HTTP: the page, how a browser signs in, and items that are brought. `server.ts` has the list. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Log } from '../../actors/ports.ts';
import type { Asset, Assets } from '../../inspector/asset.ts';
import { itemsRequest, type ItemRequest, type ItemsAnswer, type Scope } from '../../inspector/protocol.ts';
import type { Auth, Identity } from './auth.ts';
import { readJson } from './body.ts';
import type { ControlledRuntime } from './controlled.ts';
import { jsonHeaders, notFound, SECURITY_HEADERS, unauthorized, type Gate, type Refusal } from './gate.ts';
import { artifactAddress, sendArtifact } from './item-artifacts.ts';
import { addItems, routeItems } from './items.ts';
import type { TokenBucket } from './token-bucket.ts';

export type Pages = {
  gate: Gate;
  auth: Auth;
  assets: Assets;
  openUrl(scope: Scope): string;
  runtime: ControlledRuntime;
  /** How many POST /items are taken. */
  pace: TokenBucket;
  log: Log;
};

/** Answers one request. Never rejects. */
export async function answerRequest(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(pages, request, response);
  } catch (error) {
    if (request.destroyed && !request.complete) return; // The client went away in the middle of its body.
    pages.log.error('control: a request could not be answered', { error: String(error) });
    refuse(response, { status: 500, code: 'internal', message: 'the runner failed to answer; its log says why' });
  }
}

type Route = (pages: Pages, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
type Methods = Readonly<Partial<Record<string, Route>>>;

const routes: ReadonlyMap<string, Methods> = new Map([
  ['/session', { GET: showSession, POST: openSession } as Methods],
  ['/code', { POST: issueLink }],
  ['/items', { POST: takeItems }],
  ['/items/route', { POST: showRoutes }],
]);

async function route(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '' } = request;
  const refusal = pages.gate.check(request);
  if (refusal) return refuse(response, refusal);
  const asset = await pages.assets.get(url);
  const artifact = artifactAddress(url);
  const methods: Methods | undefined = asset ? { GET: () => send(response, asset) } : artifact ? { GET: showArtifact } : routes.get(url);
  if (!methods) return refuse(response, notFound);
  const chosen = methods[method];
  if (chosen) return chosen(pages, request, response);
  const allowed = Object.keys(methods);
  refuse(response, { status: 405, code: 'method_not_allowed', message: `${url} takes ${allowed.join(' and ')}`, headers: { Allow: allowed.join(', ') } });
}

const sessionRequest = z.strictObject({ code: z.string().max(128) });
const codeRequest = z.strictObject({ scope: z.enum(['control', 'read']).default('control') });

function showSession({ auth }: Pages, request: IncomingMessage, response: ServerResponse): void {
  if (!auth.cookie(request.headers.cookie)) return refuse(response, unauthorized);
  response.writeHead(204, SECURITY_HEADERS).end();
}

async function showArtifact({ auth, runtime }: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!(auth.bearer(request.headers.authorization) ?? auth.cookie(request.headers.cookie))) return refuse(response, unauthorized);
  const { item, hash } = artifactAddress(request.url!)!;
  const found = runtime.artifact(item, hash);
  const refusal = found ? await sendArtifact(found, request, response) : { ...notFound, message: `item ${item} has no such artifact` };
  if (refusal) refuse(response, refusal);
}

async function openSession({ auth }: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readJson(request, sessionRequest);
  if ('status' in body) return refuse(response, body);
  const cookie = auth.redeem(body.value.code);
  if (!cookie) return refuse(response, { ...unauthorized, message: 'this link was used before or is older than a minute: run `npx jobctl open` for another' });
  response.writeHead(204, { ...SECURITY_HEADERS, 'Set-Cookie': cookie }).end();
}

async function issueLink({ auth, openUrl }: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!auth.bearer(request.headers.authorization)) return refuse(response, unauthorized);
  const body = await readJson(request, codeRequest);
  if ('status' in body) return refuse(response, body);
  const text = JSON.stringify({ ok: true, url: openUrl(body.value.scope) });
  response.writeHead(200, { ...SECURITY_HEADERS, ...jsonHeaders(text) }).end(text);
}

const MOST_ITEM_BYTES = 64 * 1024;

async function takeItems(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = await itemsIn(pages, request);
  if ('status' in asked) return refuse(response, asked);
  const { status, answer } = await addItems(asked.items, pages.runtime, `${asked.who}:http`);
  reply(response, status, answer);
}

async function showRoutes(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = await itemsIn(pages, request);
  if ('status' in asked) return refuse(response, asked);
  const { status, answer } = routeItems(asked.items, pages.runtime);
  reply(response, status, answer);
}

async function itemsIn({ auth, pace }: Pages, request: IncomingMessage): Promise<{ items: ItemRequest[]; who: Identity['who'] } | Refusal> {
  const { authorization, cookie, origin } = request.headers;
  // A browser names its Origin with every POST, and the gate has let none but our own through: so a cookie without one is no browser's.
  const identity = auth.bearer(authorization) ?? (origin === undefined ? undefined : auth.cookie(cookie));
  if (!identity) return unauthorized;
  if (identity.scope === 'read') return { status: 403, code: 'forbidden', message: 'this session may look, but change nothing' };
  if (!pace.take()) return { status: 429, code: 'rate_limited', message: 'too many requests: send several items in one, as a list', headers: { 'Retry-After': String(Math.ceil(pace.wait() / 1000)) } };
  const body = await readJson(request, itemsRequest, MOST_ITEM_BYTES);
  return 'status' in body ? body : { items: body.value, who: identity.who };
}

function reply(response: ServerResponse, status: number, answer: ItemsAnswer): void {
  const text = JSON.stringify(answer);
  response.writeHead(status, { ...SECURITY_HEADERS, ...jsonHeaders(text) }).end(text);
}

function send(response: ServerResponse, { type, body }: Asset): void {
  response.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

/** The connection ends with it: what of the request is still unread is not worth reading. */
function refuse(response: ServerResponse, { status, code, message, headers }: Refusal): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ ok: false, code, message });
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...jsonHeaders(body), Connection: 'close' }).end(body);
}
