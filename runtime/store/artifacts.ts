/** Which attempt wrote which content-addressed files. The files themselves are there before their rows. */
import type { ArtifactRef } from '../../actors/ports.ts';
import type { Handle } from './open.ts';

export function artifactsIn(db: Handle) {
  const prepared = {
    add: db.prepare<[string, number, string, number]>('INSERT INTO artifact (hash, bytes, media, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    use: db.prepare<[number, number, number, string, string]>('INSERT INTO artifact_use (item_id, stage_id, lease, name, hash) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hash = excluded.hash'),
  };

  return {
    /** Of two artifacts of one name the attempt's last one counts. `at` in ms since the epoch. */
    use(itemId: number, stageId: number, lease: number, refs: readonly ArtifactRef[], at: number): void {
      for (const { hash, bytes, media, name } of refs) {
        prepared.add.run(hash, bytes, media, at);
        prepared.use.run(itemId, stageId, lease, name, hash);
      }
    },
  };
}
