/**
 * DescribePendingMaintenanceActions, which the stand-in lacks (RDS User Guide, "Maintaining a DB instance"): a database of a
 * version that AWS takes out of use waits for its upgrade. There is nothing else pending here.
 */
import { type Answer, structures, text, texts } from '../../call.ts';
import { branch, type Element, textAt } from '../../xml.ts';
import { leaves, resultOf } from '../answer.ts';
import { engineNamed } from '../catalogue.ts';
import { INSTANCES, nameOf } from '../collections.ts';
import { pageOf, readPage } from '../paging.ts';
import type { Scene } from '../scene.ts';
import { idOf, look } from '../view.ts';

function isPending(record: Element): boolean {
  const engine = engineNamed(textAt(record, 'Engine'));
  return engine?.deprecated.includes(textAt(record, 'EngineVersion') ?? '') ?? false;
}

/** `db-instance-id` is the only filter that fits databases outside clusters. */
function wanted({ call }: Scene): (record: Element) => boolean {
  const arn = text(call.params, 'ResourceIdentifier');
  const filters = structures(call.params, 'Filters').filter((one) => text(one, 'Name') === 'db-instance-id');
  const ids = filters.flatMap((one) => texts(one, 'Values')).map(nameOf);
  return (record) => {
    const id = idOf(INSTANCES, record);
    return (arn === undefined || nameOf(arn) === id) && (filters.length === 0 || ids.includes(id));
  };
}

function actionsOf(record: Element): Element {
  const action = leaves({ Action: 'db-upgrade', Description: 'Upgrade to a version that is supported' });
  return branch('ResourcePendingMaintenanceActions', [
    ...leaves({ ResourceIdentifier: textAt(record, 'DBInstanceArn') }),
    branch('PendingMaintenanceActionDetails', [branch('PendingMaintenanceAction', action)]),
  ]);
}

/** Answers the call. */
export async function answerMaintenance(scene: Scene): Promise<Answer> {
  const found = (await look(scene, INSTANCES)).filter(isPending).filter(wanted(scene));
  const page = pageOf(readPage(scene), found, (one) => idOf(INSTANCES, one));
  return resultOf('DescribePendingMaintenanceActions', [
    branch('PendingMaintenanceActions', page.records.map(actionsOf)),
    ...leaves({ Marker: page.next }),
  ]);
}
