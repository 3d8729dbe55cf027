import { onTestFinished } from 'vitest';
import { machines, type KnownMachine } from '../../machines/index.ts';

const originals = new Map<string, KnownMachine | undefined>();

/** Until the test ends, another machine goes by this name: one of tomorrow, or one with a fix taken out. Asked first, it is put back last. */
export function otherMachine(name: string, other: Partial<KnownMachine> = {}): KnownMachine {
  if (!originals.has(name)) {
    originals.set(name, machines[name]);
    onTestFinished(() => putBack(name));
  }
  return (machines[name] = { ...machines[name], ...other } as KnownMachine);
}

function putBack(name: string): void {
  const original = originals.get(name);
  originals.delete(name);
  if (original) machines[name] = original;
  else delete machines[name];
}
