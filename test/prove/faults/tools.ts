/** What a fault is made with, where the machine has it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export type Tool = 'gcc' | 'mount' | 'prlimit';

/** Why a tool is not there, in words; undefined when it is. */
export function missing(tool: Tool): string | undefined {
  if (tool === 'gcc') return spawnSync('gcc', ['--version']).status === 0 ? undefined : 'gcc is not installed: the disk cannot be made to fail';
  if (tool === 'prlimit') return spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'prlimit is not installed: no limit can be set';
  return (mountable ??= canMount()) ? undefined : 'only root may mount, and only where that is allowed: there is no small disk to fill';
}

let mountable: boolean | undefined;
function canMount(): boolean {
  try {
    mountSmallDisk(1).remove();
    return true;
  } catch {
    return false;
  }
}

let shims: string | undefined;

/** Path of a library to be loaded before the C library; compiled once. */
export function shim(name: 'disk' | 'clock'): string {
  if (!shims) {
    const made = mkdtempSync(path.join(os.tmpdir(), 'rivus-shims-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    shims = made;
  }
  const library = path.join(shims, `${name}.so`);
  if (!existsSync(library)) execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, path.join(import.meta.dirname, `${name}.c`), '-ldl']);
  return library;
}

export type SmallDisk = { folder: string; remount(how: 'ro' | 'rw'): void; remove(): void };

/** A disk of its own, in memory. */
export function mountSmallDisk(mib: number): SmallDisk {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rivus-disk-'));
  const quietly = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' });
  mkdirSync(folder, { recursive: true });
  try {
    quietly('mount', '-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'rivus-test', folder);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const remove = () => {
    process.off('exit', remove);
    quietly('umount', '-l', folder);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { folder, remove, remount: (how) => void quietly('mount', '-o', `remount,${how}`, folder) };
}
