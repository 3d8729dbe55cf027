/**
 * What a new version asks of its users, read from the two package.json files. Few packages publish release notes in
 * their tarball; every one publishes this.
 */
import type { Manifest } from './document.ts';

/** `breaking`: it may not work as before. `security`: somebody should look before it is installed. */
export type Change = { kind: 'breaking' | 'security' | 'note'; text: string };

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];
const NAMED_AT_MOST = 4;

/** `node`: the major version of Node that is in use. */
export function manifestChanges(from: Manifest, to: Manifest, node: number): Change[] {
  return [
    ...installScript(from, to),
    ...provenance(from, to),
    ...moduleSystem(from, to),
    ...nodeVersion(from, to, node),
    ...gone('entry point', exportsOf(from), exportsOf(to)),
    ...gone('command', commandsOf(from), commandsOf(to)),
    ...peers(from, to),
    ...license(from, to),
    ...dependencies(from, to),
  ];
}

function installScript(from: Manifest, to: Manifest): Change[] {
  const scripts = INSTALL_SCRIPTS.filter((name) => to.scripts[name] !== undefined);
  if (runsAtInstall(from) || !runsAtInstall(to)) return [];
  return [{ kind: 'security', text: `runs a script when it is installed${scripts.length > 0 ? ` (${scripts.join(', ')})` : ''}; the installed version does not` }];
}

function runsAtInstall({ scripts, hasInstallScript }: Manifest): boolean {
  return hasInstallScript === true || INSTALL_SCRIPTS.some((name) => scripts[name] !== undefined);
}

function provenance(from: Manifest, to: Manifest): Change[] {
  if (from.dist.attestations === undefined || to.dist.attestations !== undefined) return [];
  return [{ kind: 'security', text: 'is published without a proof of its origin; the installed version has one' }];
}

function moduleSystem(from: Manifest, to: Manifest): Change[] {
  return canBeRequired(from) && !canBeRequired(to) ? [{ kind: 'breaking', text: 'is an ES module only: CommonJS code that requires it may fail' }] : [];
}

function canBeRequired({ type, exports, main }: Manifest): boolean {
  const conditions = JSON.stringify(exports ?? null);
  if (conditions.includes('"require"') || conditions.includes('.cjs"')) return true;
  return type !== 'module' || (exports === undefined && main?.endsWith('.cjs') === true);
}

function nodeVersion(from: Manifest, to: Manifest, node: number): Change[] {
  const [before, after] = [from.engines.node, to.engines.node];
  if (after === undefined || after === before) return [];
  const isTooNew = (lowestMajor(after) ?? 0) > node;
  return [{ kind: isTooNew ? 'breaking' : 'note', text: `needs Node ${after} (${before === undefined ? 'before, any' : `before ${before}`})` }];
}

/** Of `^20.19.0 || >=22.12.0`: 20. Undefined when it has no lower end. */
function lowestMajor(range: string | undefined): number | undefined {
  const majors = (range ?? '').split('||').map((part) => /^\s*(?:[\^~=v]|>=?)?\s*v?(\d+)/.exec(part)?.[1]);
  return majors.some((major) => major === undefined) ? undefined : Math.min(...majors.map(Number));
}

function gone(what: string, before: readonly string[], after: readonly string[]): Change[] {
  const missing = before.filter((name) => !after.includes(name));
  if (missing.length === 0) return [];
  return [{ kind: 'breaking', text: `no longer has the ${what}${missing.length === 1 ? '' : 's'} ${listed(missing.map((name) => `\`${name}\``))}` }];
}

/** What may be imported: `.`, `./sub`. Wildcards are left out, and so is a package that does not say. */
function exportsOf({ exports }: Manifest): string[] {
  if (Object(exports) !== exports || Array.isArray(exports)) return [];
  return Object.keys(exports as object).filter((name) => name.startsWith('.') && !name.includes('*') && !name.endsWith('/package.json'));
}

function commandsOf({ bin }: Manifest): string[] {
  return typeof bin === 'object' ? Object.keys(bin) : [];
}

function peers(from: Manifest, to: Manifest): Change[] {
  return Object.entries(to.peerDependencies)
    .filter(([name, range]) => from.peerDependencies[name] !== range && to.peerDependenciesMeta[name]?.optional !== true)
    .slice(0, NAMED_AT_MOST)
    .map(([name, range]) => ({ kind: 'note', text: `wants ${name} ${range} beside it (${from.peerDependencies[name] ? `before ${from.peerDependencies[name]}` : 'new'})` }));
}

function license(from: Manifest, to: Manifest): Change[] {
  if (from.license === to.license || to.license === undefined) return [];
  return [{ kind: 'breaking', text: `its license is ${to.license} (before ${from.license ?? 'not stated'})` }];
}

function dependencies(from: Manifest, to: Manifest): Change[] {
  const [before, after] = [Object.keys(from.dependencies), Object.keys(to.dependencies)];
  const added = after.filter((name) => !before.includes(name));
  const dropped = before.filter((name) => !after.includes(name));
  return [
    ...(added.length > 0 ? [{ kind: 'note' as const, text: `brings along ${listed(added)}` }] : []),
    ...(dropped.length > 0 ? [{ kind: 'note' as const, text: `no longer depends on ${listed(dropped)}` }] : []),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED_AT_MOST;
  return `${names.slice(0, NAMED_AT_MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
