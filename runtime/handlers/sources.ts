/** The operator's own files that a stage is made of, each as it was just before it was read. */
import fs from 'node:fs';

/** Absolute path → stamp. */
export type Sources = ReadonlyMap<string, string>;

/** Changes when the file does: by an editor that writes in place, one that renames, a checkout, a removal. */
export function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'absent';
}

/** Those that are not any more what they were. */
export function changedAmong(sources: Sources): string[] {
  return [...sources].filter(([file, stamp]) => stampOf(file) !== stamp).map(([file]) => file);
}
