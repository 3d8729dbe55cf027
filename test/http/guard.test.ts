import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressRefused } from '../../runtime/http/errors.ts';
import { Guard } from '../../runtime/http/guard.ts';
import { network, type Lookup } from '../../runtime/http/network.ts';
import { classify } from '../support/doctor.ts';
import { ManualClock, NOW } from '../support/handlers.ts';
import { localWeb } from '../support/local-web.ts';
import { webServer } from '../support/web.ts';

const { signal } = new AbortController();
const clientOf = (allow_hosts: string[], lookup?: Lookup) => localWeb(new ManualClock(), { http: { allow_hosts, per_host: { gap: 0 } }, ...(lookup && { lookup }) }).of('watch', () => signal);
const failureOf = (promise: Promise<unknown>): Promise<Error> => promise.then(() => Promise.reject(new Error('it was answered')), (error: Error) => error);
/** Each call answers the next list, and the last one for ever. */
const answering = (...answers: string[][]) => {
  const asked: string[] = [];
  const lookup: Lookup = async (host) => answers[Math.min(asked.push(host), answers.length) - 1]!.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return { lookup, asked };
};

describe('an address that is not public is refused', () => {
  const port = (url: string) => new URL(url).port;

  test.each([
    'localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '127.0.0.1', '127.1', '2130706433', '0x7f.1', '0x7f000001', '0177.0.0.1', '017700000001', '0', '0.0.0.0', '127.0.0.1.',
    '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '１２７.0.0.1', '127。0。0。1',
  ])('however it is written: %s reaches nobody', async (host) => {
    const { url, seen } = await webServer((_request, response) => response.end('reached'));
    const error = await failureOf(clientOf([]).get(`http://${host}:${port(url)}/`));
    expect(error).toMatchObject({ name: 'AddressRefused' });
    expect(classify(error, NOW)).toEqual({ class: 'item_specific' });
    expect(seen).toEqual([]);
  });

  test('with what it is, and the way out', async () => {
    expect((await failureOf(clientOf([]).get('http://10.1.2.3:8080/a?key=x'))).message).toBe(
      'ctx.http: http://10.1.2.3:8080 is refused: it is a private network, not the public internet; if you mean it, allow it in jobs.yaml: http: { allow_hosts: ["10.1.2.3:8080"] }',
    );
    expect((await failureOf(clientOf([], answering(['192.168.0.9']).lookup).get('http://printer.example/'))).message).toContain('its address 192.168.0.9 is a private network');
  });

  test('whatever spelling is generated, of whatever address that is not public', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const inner = fc.oneof(
      fc.tuple(fc.constantFrom(0, 10, 127, 224, 240, 255), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    );
    const radix = (n: number, base: number) => (base === 16 ? `0x${n.toString(16)}` : base === 8 ? `0${n.toString(8)}` : String(n));
    const spelling = fc.tuple(inner, fc.constantFrom(8, 10, 16), fc.integer({ min: 1, max: 4 }), fc.constantFrom('plain', 'mapped', 'compatible', 'nat64', '6to4')).map(([parts, base, count, kind]) => {
      const hex = (at: number) => ((parts[at]! << 8) | parts[at + 1]!).toString(16);
      if (kind === 'mapped') return `[::ffff:${hex(0)}:${hex(2)}]`;
      if (kind === 'compatible') return `[::${hex(0)}:${hex(2)}]`;
      if (kind === 'nat64') return `[64:ff9b::${hex(0)}:${hex(2)}]`;
      if (kind === '6to4') return `[2002:${hex(0)}:${hex(2)}::1]`;
      // The last number holds all the bytes that have no number of their own.
      const rest = parts.slice(count - 1).reduce((sum, part) => sum * 256 + part, 0);
      return [...parts.slice(0, count - 1), rest].map((part) => radix(part, base)).join('.');
    });
    fc.assert(fc.property(spelling, (host) => void expect(() => new Guard([]).checkUrl(new URL(`http://${host}/`)), host).toThrow(AddressRefused)), { numRuns: 2000 });
  });

  test('and what is public is not', () => {
    for (const address of ['8.8.8.8', '93.184.216.34', '[2606:4700::1111]', '172.32.0.1', '100.128.0.1', '11.0.0.1']) new Guard([]).checkUrl(new URL(`http://${address}/`));
  });

  test('when one of several that a host has is not public', async () => {
    const { lookup } = answering(['93.184.216.34', '10.0.0.1']);
    expect(await failureOf(clientOf([], lookup).get('http://a.example/'))).toMatchObject({ name: 'AddressRefused' });
  });

  test('at the end of a redirect', async () => {
    const inner = await webServer((_request, response) => response.end('secret'));
    const outer = await webServer((_request, response) => response.writeHead(302, { location: inner.url }).end());
    const error = await failureOf(clientOf([`127.0.0.1:${port(outer.url)}`]).get(outer.url));
    expect(error.message).toContain(`${inner.url} is refused`);
    expect(inner.seen).toEqual([]);
  });
});

describe('a host whose addresses change between two looks', () => {
  test('is looked up once per connection, and that answer is connected', async () => {
    const { url, seen } = await webServer((_request, response) => response.setHeader('connection', 'close').end('there'));
    // 127.0.0.1 stands for a public address, 127.0.0.2 for one that is not.
    const { lookup, asked } = answering(['127.0.0.1'], ['127.0.0.2']);
    const http = clientOf(['127.0.0.1'], lookup);
    const address = url.replace('127.0.0.1', 'rebinding.example');
    expect(await http.text(address)).toBe('there');
    expect(asked).toEqual(['rebinding.example']);
    expect(await failureOf(http.get(address))).toMatchObject({ name: 'AddressRefused' });
    expect(seen).toHaveLength(1);
  });

  test('is not reached over a connection that another job was allowed to make', async () => {
    const { url, seen } = await webServer((_request, response) => response.end('there'));
    const { lookup } = answering(['127.0.0.1']);
    const specs = { inner: ['intra.example'], outer: [] as string[] };
    const web = localWeb(new ManualClock(), { lookup, spec: specOf(specs) });
    const address = url.replace('127.0.0.1', 'intra.example');
    expect(await web.of('inner', () => signal).text(address)).toBe('there');
    expect(await failureOf(web.of('outer', () => signal).text(address))).toMatchObject({ name: 'AddressRefused' });
    expect(seen).toHaveLength(1);
  });
});

const specOf = (allowed: Record<string, string[]>) => {
  const specs = Object.fromEntries(Object.entries(allowed).map(([job, allowHosts]) => [job, { allowHosts, userAgent: 'Rivus/test', robots: false, perHost: { concurrency: 4, gapMs: 0 } }]));
  return (job: string) => specs[job]!;
};

test('what was really connected is looked at, too, whoever forgot to look before', async () => {
  const { url, seen } = await webServer((_request, response) => response.end('reached'));
  // No lookup is made for a literal address: without this check undici would go there.
  await expect(network()(new URL(url), { method: 'GET' }, new Guard([]), 1000)).rejects.toMatchObject({ cause: { name: 'AddressRefused' } });
  expect(seen).toEqual([]);
  const own = await network()(new URL(url), { method: 'GET' }, new Guard(['127.0.0.1']), 1000);
  expect(await own.text()).toBe('reached');
});

describe('allow_hosts', () => {
  test.each<[string, string, string | undefined]>([
    ['localhost', 'localhost:4000', '127.0.0.1'],
    ['localhost:4000', 'localhost:4000', '::1'],
    ['*.intra.example', 'wiki.intra.example', '10.0.0.5'],
    ['*.intra.example', 'a.b.INTRA.example.', '10.0.0.5'],
    ['10.0.0.0/8', 'wiki.example', '10.9.9.9'],
    ['10.0.0.0/8', '10.9.9.9', undefined],
    ['192.168.1.2', '192.168.1.2:8080', undefined],
    ['::1', '[::1]:8080', undefined],
    ['[fd00::1]:80', '[fd00::1]', undefined],
    ['fd00::/8', '[fd12::1]', undefined],
  ])('%s allows %s', (entry, host, address) => {
    const guard = new Guard([entry]);
    const url = new URL(`http://${host}/`);
    guard.checkUrl(url);
    if (address) guard.checkAddress(url, address);
  });

  test.each<[string, string, string | undefined]>([
    ['localhost:4000', 'localhost:4001', '127.0.0.1'],
    ['*.intra.example', 'intra.example', '10.0.0.5'],
    ['*.intra.example', 'notintra.example', '10.0.0.5'],
    ['intra.example', 'wiki.intra.example', '10.0.0.5'],
    ['10.0.0.0/8', 'wiki.example', '192.168.0.1'],
    ['10.0.0.0/8', '11.0.0.1.example', '127.0.0.1'],
    ['localhost', '127.0.0.1', '127.0.0.1'],
  ])('%s does not allow %s', (entry, host, address) => {
    expect(() => {
      const url = new URL(`http://${host}/`);
      new Guard([entry]).checkUrl(url);
      new Guard([entry]).checkAddress(url, address!);
    }).toThrow(AddressRefused);
  });

  test.each([
    ['169.254.169.254', '169.254.169.254'], ['0.0.0.0/0', '169.254.169.254'], ['169.254.0.0/16', '169.254.170.2'], ['::/0', '[fd00:ec2::254]'], ['::/0', '[64:ff9b::a9fe:a9fe]'],
    ['::/0', '[2002:a9fe:a9fe::]'], ['0.0.0.0/0', '[::ffff:169.254.169.254]'], ['0.0.0.0/0', '100.100.100.200'], ['0.0.0.0/0', '168.63.129.16'], ['metadata.google.internal', 'metadata.google.internal'],
  ])('%s does not open the metadata service of a cloud at %s', (entry, host) => {
    expect(() => new Guard([entry]).checkUrl(new URL(`http://${host}/`))).toThrow('the metadata service of a cloud, which is never asked');
  });

  test('nor does the name of an allowed host that leads there', () => {
    expect(() => new Guard(['wiki.example']).checkAddress(new URL('http://wiki.example'), '169.254.169.254')).toThrow('which is never asked');
  });
});

describe('an address of the operator’s own', () => {
  test('is reached with { trusted: true }, and where it redirects to is not', async () => {
    const other = await webServer((_request, response) => response.end('other'));
    const { url } = await webServer((request, response) => (request.url === '/' ? response.end('own') : response.writeHead(302, { location: request.url === '/in' ? '/' : other.url }).end()));
    const http = clientOf([]);
    expect(await http.text(url, { trusted: true })).toBe('own');
    expect(await http.text(`${url}/in`, { trusted: true })).toBe('own');
    expect(await failureOf(http.text(`${url}/out`, { trusted: true }))).toMatchObject({ name: 'AddressRefused' });
    expect(await failureOf(http.text(url))).toMatchObject({ name: 'AddressRefused' });
    expect(other.seen).toEqual([]);
  });

  test('is never the metadata service', async () => {
    expect(await failureOf(clientOf([]).get('http://169.254.169.254/latest', { trusted: true }))).toMatchObject({ name: 'AddressRefused' });
  });
});
