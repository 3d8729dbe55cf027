/** Things to throw that nobody expects: with getters that throw, behind proxies, in circles, without a prototype, far too long. */
import fc from 'fast-check';

/** What an error may say of itself. */
const PROPERTIES = ['name', 'message', 'stack', 'code', 'cause', 'errors', 'status', 'statusCode', 'retryAfter', 'resumeAt', Symbol.for('rivus.signal')] as const;

const refuse = () => {
  throw new Error('hostile');
};

/** A Proxy that throws at whatever is asked of it. */
function hostileProxy(target: object): object {
  const traps = Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refuse]);
  return new Proxy(target, Object.fromEntries(traps) as ProxyHandler<object>);
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function withGetters(target: object): object {
  const hostileGetter = { get: refuse, configurable: true };
  const names = [...PROPERTIES, 'toString', 'toJSON', Symbol.toPrimitive, Symbol.toStringTag];
  return Object.defineProperties(target, Object.fromEntries(names.map((name) => [name, hostileGetter])));
}

function inACircle(error: Error): Error {
  return Object.assign(error, { cause: error, errors: [error], self: { error } });
}

/** Makes one of these, alone or held by another. (Not the thing itself: fast-check looks at its values, and some of these cannot be looked at.) */
export function hostile(): fc.Arbitrary<() => unknown> {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'x'.repeat(50_000), '\u0000'.repeat(9_000), '📞'.repeat(9_000), 'Infinity', '3h', 'ENOSPC'));
  const plain = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true }), texts);
  const made = fc.constantFrom<() => unknown>(
    () => hostileProxy({}),
    () => hostileProxy(new Error('x')),
    () => hostileProxy([]),
    () => hostileProxy(() => {}),
    () => revoked({}),
    () => revoked([]),
    () => revoked(new Error('x')),
    () => withGetters({}),
    () => withGetters(new Error('x')),
    () => inACircle(new Error('x')),
    () => Object.create(null),
    () => Symbol('x'),
    () => 10n ** 400n,
    () => () => refuse(),
    () => new Date(NaN),
    () => new AggregateError([new Error('a'), null, 'b'], ''),
  );
  const signal = fc.constantFrom('transient', 'fatal', 'pause', 'TypeError', 'fetch failed', 503).map((value) => () => value);
  const one = fc.oneof(plain.map((value) => () => value), made);
  const dressed = fc.uniqueArray(fc.tuple(fc.constantFrom(...PROPERTIES), fc.oneof(one, signal)), { selector: ([name]) => name }).map((held) => () => {
    return Object.assign(new Error('dressed'), Object.fromEntries(held.map(([name, make]) => [name, make()])));
  });
  return fc.oneof(one, dressed);
}
