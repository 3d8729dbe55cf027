/**
 * The npm registry: the one that npm is configured with on this machine. Its address is asked for when it is needed, and
 * stands in no output, artifact, log or error: it may belong to a company, and mean nothing on another machine.
 */
import { Fatal, PauseJob, Transient, type Ctx } from 'rivus';

/** A URL that ends with `/`. */
export type Registry = URL;

const DOCUMENT_BYTES = 64 * 1024 * 1024;
export const TARBALL_BYTES = 32 * 1024 * 1024;

let configured: Promise<string> | undefined;

/** Throws `PauseJob` when npm does not know either: no item can do without it. */
export async function findRegistry(ctx: Ctx): Promise<Registry> {
  const address = toldByNpm(ctx) ?? (await (configured ??= askNpm(ctx)));
  const url = URL.parse(address.endsWith('/') ? address : `${address}/`);
  if (url && /^https?:$/.test(url.protocol)) return url;
  configured = undefined;
  throw new PauseJob('npm is configured with a registry that is no address: set one by "npm config set registry URL"');
}

/** npm tells the scripts that it runs; `npm start` is one. */
function toldByNpm(ctx: Ctx): string | undefined {
  try {
    return ctx.secret('npm_config_registry');
  } catch (error) {
    if (error instanceof PauseJob) return undefined;
    throw error;
  }
}

/** Once per process: npm takes half a second to say it. */
async function askNpm(ctx: Ctx): Promise<string> {
  try {
    return (await ctx.exec('npm', ['config', 'get', 'registry'])).stdout.trim();
  } catch (cause) {
    configured = undefined;
    ctx.signal.throwIfAborted();
    throw new PauseJob('cannot find out which npm registry to ask: install npm, or set npm_config_registry', { cause });
  }
}

/** What the registry knows of a package, as JSON. Throws `Fatal` when it has no such package. */
export async function fetchDocument(name: string, registry: Registry, ctx: Ctx): Promise<unknown> {
  const url = new URL(name.replace('/', '%2f'), registry);
  return withoutAddressInErrors(registry, name, ctx, async () => {
    const response = await ctx.http.request(url, { trusted: true, maxBytes: DOCUMENT_BYTES, timeout: '45s', headers: { accept: 'application/json' } });
    return response.json();
  });
}

/**
 * The first `bytes` of a tarball, or all of it where it is smaller or the registry does not send parts. Documents may name
 * another host (the public one, behind a mirror): the configured one is asked.
 */
export async function fetchTarball(name: string, tarball: string, bytes: number, registry: Registry, ctx: Ctx): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const url = tarballUrl(name, tarball, registry);
  return withoutAddressInErrors(registry, name, ctx, async () => {
    const response = await ctx.http.request(url, { trusted: true, maxBytes: TARBALL_BYTES, timeout: '45s', headers: { range: `bytes=0-${bytes - 1}` } });
    return { bytes: response.bytes, whole: response.status !== 206 || response.bytes.length < bytes };
  });
}

function tarballUrl(name: string, tarball: string, registry: Registry): URL {
  const { host, pathname } = new URL(tarball, registry);
  const url = new URL(registry);
  url.pathname = host === registry.host ? pathname : `${registry.pathname}${name}/-/${pathname.slice(pathname.lastIndexOf('/') + 1)}`;
  return url;
}

/** For JSON and text from outside, which may happen to hold the address. */
export function withoutAddress<Value>(value: Value, { href, origin, host }: Registry): Value {
  const text = JSON.stringify(value).replaceAll(href, 'the npm registry/').replaceAll(origin, 'the npm registry').replaceAll(host, 'the npm registry');
  return JSON.parse(text) as Value;
}

async function withoutAddressInErrors<Answer>(registry: Registry, name: string, ctx: Ctx, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw sameWithoutAddress(error, registry, name);
  }
}

/** The same meaning, told by ourselves; for the sake of the address, without a cause. */
function sameWithoutAddress(error: unknown, registry: Registry, name: string): Error {
  const { status, retryAfter, code, message } = error as { status?: number; retryAfter?: number; code?: string; message: string };
  if (error instanceof Fatal) return new Fatal(withoutAddress(message, registry));
  if (error instanceof Transient) return new Transient(withoutAddress(message, registry));
  if (status === undefined) return new Transient(`the npm registry cannot be reached for "${name}": ${code ?? 'no reason given'}`);
  if ([401, 403, 407].includes(status)) return new PauseJob(`the npm registry wants a login (${status}): put user and password into its address, npm_config_registry`);
  if ([408, 425, 429].includes(status) || status >= 500) return new Transient(`the npm registry answered ${status} for "${name}"`, { retryAfter });
  return new Fatal(status === 404 || status === 410 ? `the npm registry has no package "${name}" (${status})` : `the npm registry answered ${status} for "${name}"`);
}
