/** Stack frames in bundles (`file:///…/bundles/<hash>.mjs:1:2345`) as places in the operator's files (`handlers/x.ts:12:5`). */
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import type { Clock } from '../../actors/ports.ts';

/** Maps read so far: an error that comes a thousand times reads its map once. */
const KEPT_MAPS = 50;
/** Of one map. */
const KEPT_PLACES = 1_000;
/** Whether a map was written anew is asked so often. */
const LOOK_MS = 500;

type Known = { lookedAt: number; mtimeMs: number; map: SourceMap; places: Map<string, string | undefined> };

/** `folder`: where the bundles are, absolute. Answers a function that rewrites text; it never throws. */
export function framesIn(folder: string, clock: Pick<Clock, 'monotonic'>): (text: string) => string {
  const maps = new Map<string, Known>();
  const frame = /file:\/\/\S*?\/([0-9a-f]{64})\.mjs(?:\?\d+)?:(\d+):(\d+)/g;

  /** Written anew when lines have moved and the code has not. */
  function mapOf(bundle: string): Known {
    const now = clock.monotonic();
    const known = maps.get(bundle);
    if (known && now - known.lookedAt < LOOK_MS) return known;
    const file = path.join(folder, `${bundle}.mjs.map`);
    const { mtimeMs } = fs.statSync(file);
    if (known?.mtimeMs === mtimeMs) return Object.assign(known, { lookedAt: now });
    if (maps.size >= KEPT_MAPS) maps.clear();
    const read = { lookedAt: now, mtimeMs, map: new SourceMap(JSON.parse(fs.readFileSync(file, 'utf8'))), places: new Map() };
    maps.set(bundle, read);
    return read;
  }

  function placeOf(bundle: string, line: string, column: string): string | undefined {
    try {
      const { map, places } = mapOf(bundle);
      const at = `${line}:${column}`;
      if (places.has(at)) return places.get(at);
      if (places.size >= KEPT_PLACES) places.clear();
      const found = map.findEntry(Number(line) - 1, Number(column) - 1);
      const place = 'originalSource' in found ? `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}` : undefined;
      places.set(at, place);
      return place;
    } catch {
      return undefined;
    }
  }

  return (text) => text.replace(frame, (whole, bundle: string, line: string, column: string) => placeOf(bundle, line, column) ?? whole);
}
