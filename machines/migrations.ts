/**
 * Snapshots of an older version become those of today's machine: step by step, as plain JSON, before any machine sees them.
 *
 * A migration stands beside its machine and is named in `index.ts`. It says where a new region stands and what a new key of
 * the context is: entry actions do not run for a state that is restored (what it invokes is started, its timers are set).
 */

/** A state that an actor once had, as JSON. */
export type Past = { value: unknown; context: unknown };

/** From version `to - 1`. `because` is for people: what is different since. `lift` may change what it is given. */
export type Migration = { to: number; because: string; lift(past: any): Past };

export type Versioned = { version: number; migrations?: readonly Migration[] };

/** It cannot be said what a past state would be today. */
export class NotLifted extends Error {
  override name = 'NotLifted';
}

/**
 * The state as today's version has it.
 *
 * @param from version of the machine that had it
 * @throws NotLifted
 */
export function lifted({ version, migrations = [] }: Versioned, past: Past, from: number): Past {
  if (from > version) throw new NotLifted(`it has version ${from} of its machine, which is newer than ${version}, the one that runs`);
  let now = past;
  for (let to = from + 1; to <= version; to++) {
    const step = migrations.find((migration) => migration.to === to);
    if (!step) throw new NotLifted(`it has version ${from} of its machine, and nothing leads from ${to - 1} to ${to}`);
    now = tried(step, now);
  }
  return now;
}

function tried({ to, because, lift }: Migration, past: Past): Past {
  try {
    const { value, context } = lift(past);
    return { value, context };
  } catch (cause) {
    throw new NotLifted(`it could not be brought to version ${to} (${because}): ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
