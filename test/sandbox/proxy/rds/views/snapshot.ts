/** A snapshot as AWS shows it while it is made: `creating`, with its progress, then `available`. */
import { progress } from '../../lifecycle.ts';
import { type Element, setText, textAt } from '../../xml.ts';
import { courseOf, factsOf, snapshotOf } from '../facts.ts';
import type { Scene } from '../scene.ts';
import { resourceIdOf, showKey } from './instance.ts';

/** Automated snapshots come with the first backup of a database, not with the database; without backups there are none. */
function automated(scene: Scene, record: Element): string | undefined {
  const instance = textAt(record, 'DBInstanceIdentifier') ?? '';
  if (factsOf(scene, instance).unbacked) return undefined;
  const state = progress(scene.world, scene.call, courseOf(instance))?.state;
  if (state === 'creating') return undefined;
  return state === 'backing-up' ? 'creating' : 'available';
}

/** Shows a snapshot. */
export function showSnapshot(scene: Scene, record: Element): boolean {
  const at = progress(scene.world, scene.call, snapshotOf(textAt(record, 'DBSnapshotIdentifier') ?? ''));
  const byItself = textAt(record, 'SnapshotType') === 'automated' ? automated(scene, record) : 'available';
  if (byItself === undefined) return false;
  setText(record, 'Status', at?.state ?? byItself);
  setText(record, 'PercentProgress', String(at ? Math.floor(at.share * 99) : 100));
  setText(record, 'SnapshotTarget', 'region');
  setText(record, 'DbiResourceId', resourceIdOf(scene, record));
  showKey(scene, record);
  return true;
}
