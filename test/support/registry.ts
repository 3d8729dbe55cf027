/** An npm registry on this machine: packages that a test makes up, and every way in which a registry can fail. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { tarball } from './tarball.ts';

/** `files` are those of its tarball; all else stands in its package.json. */
export type PublishedVersion = { date?: string; files?: Record<string, string | Buffer>; [field: string]: unknown };
export type PublishedPackage = { versions: Record<string, PublishedVersion>; latest?: string };
export type Behaviour = 'ok' | 'not_found' | 'too_many' | 'login' | 'broken' | 'dead' | 'huge' | 'no_json';

export class LocalRegistry {
  /** As npm is configured with it; ends with `/`. */
  readonly url: string;
  readonly packages = new Map<string, PublishedPackage>();
  /** `METHOD path`, in order. */
  readonly requests: string[] = [];
  documents: Behaviour = 'ok';
  tarballs: Behaviour = 'ok';
  /** Where documents say that tarballs are. */
  tarballHost: string;
  sendsParts = true;

  constructor(url: string) {
    this.url = url;
    this.tarballHost = url;
  }

  publish(name: string, versions: PublishedPackage['versions'], latest = Object.keys(versions).at(-1)!): void {
    this.packages.set(name, { versions, latest });
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!.slice(new URL(this.url).pathname.length));
    this.requests.push(`${request.method} ${request.url}`);
    const [, name, version] = /^((?:@[^/]+\/)?[^/]+)\/-\/[^/]*?-(\d.*)\.tgz$/.exec(path) ?? [];
    const behaviour = name === undefined ? this.documents : this.tarballs;
    if (behaviour !== 'ok') return misbehave(behaviour, response);
    const found = this.packages.get(name ?? path);
    const published = version === undefined ? undefined : found?.versions[version];
    if (!found || (version !== undefined && !published)) return misbehave('not_found', response);
    if (!published) return void response.end(JSON.stringify(this.#document(path, found)));
    this.#send(tarball({ 'package.json': '{}', ...published.files }), request, response);
  }

  #document(name: string, { versions, latest }: PublishedPackage): object {
    const entries = Object.entries(versions);
    const file = (version: string) => `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
    return {
      name,
      'dist-tags': { latest },
      versions: Object.fromEntries(entries.map(([version, { date, files, ...manifest }]) => [version, { name, version, ...manifest, dist: { tarball: `${this.tarballHost}${name}/-/${file(version)}` } }])),
      time: Object.fromEntries(entries.flatMap(([version, { date }]) => (date === undefined ? [] : [[version, date]]))),
    };
  }

  #send(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const end = Number(/^bytes=0-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    if (!this.sendsParts || Number.isNaN(end)) return void response.end(bytes);
    const part = bytes.subarray(0, end + 1);
    response.writeHead(206, { 'Content-Range': `bytes 0-${part.length - 1}/${bytes.length}` }).end(part);
  }
}

const STATUS = { not_found: 404, too_many: 429, login: 401, broken: 500 } as const;

function misbehave(behaviour: Exclude<Behaviour, 'ok'>, response: ServerResponse): void {
  if (behaviour === 'dead') return void response.destroy();
  if (behaviour === 'no_json') return void response.end('<html>please log in</html>');
  if (behaviour === 'huge') return endless(response);
  response.writeHead(STATUS[behaviour], behaviour === 'too_many' ? { 'Retry-After': '7' } : {}).end(behaviour);
}

/** Until the other side has had enough. */
function endless(response: ServerResponse): void {
  const megabyte = Buffer.alloc(2 ** 20, ' ');
  const write = () => {
    while (!response.destroyed && response.write(megabyte));
  };
  response.on('drain', write).on('error', () => {});
  write();
}

/** Closed when the running test has ended. */
export async function startRegistry(path = '/'): Promise<LocalRegistry> {
  const server = createServer((request, response) => registry.answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const registry = new LocalRegistry(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return registry;
}
