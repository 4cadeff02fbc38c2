/** What AWS refuses of a database's storage (RDS User Guide, "DB instance storage", "gp3 storage"). */
import { type Params, text } from '../../call.ts';
import { STORAGE, STRIPED, STRIPED_FROM } from '../catalogue.ts';
import { badCombination, badValue } from '../refusal.ts';

/** Storage as it is, by the fields of the record; empty for a new database. */
type Current = Readonly<Record<string, string | undefined>>;

/** Storage that is asked for. */
export interface StorageQuestion {
  readonly engine: string;
  readonly current: Current;
  readonly params: Params;
}

function checkSize(engine: string, type: string, size: number): void {
  const range = STORAGE[type];
  if (!range) throw badValue(`Invalid storage type: ${type}`);
  if (size < range[0] || size > range[1]) {
    throw badValue(`Invalid storage size for engine name ${engine} and storage type ${type}: ${size}`);
  }
}

/** gp3: figures of one's own only on striped storage, and then not below its baseline. */
function checkGp3({ engine, params }: StorageQuestion, size: number): void {
  const [iops, throughput] = [text(params, 'Iops'), text(params, 'StorageThroughput')];
  if (iops === undefined && throughput === undefined) return;
  if (size < STRIPED_FROM) {
    throw badCombination(
      `You can't specify IOPS or storage throughput for engine ${engine} and a storage size less than ${STRIPED_FROM}.`,
    );
  }
  if (Number(iops ?? STRIPED.iops) < STRIPED.iops) {
    throw badCombination(`The IOPS value must be at least ${STRIPED.iops} for engine ${engine} and this storage size.`);
  }
  if (Number(throughput ?? STRIPED.throughput) < STRIPED.throughput) {
    throw badCombination(`The storage throughput must be at least ${STRIPED.throughput} for this storage size.`);
  }
}

/** Storage autoscaling: its limit is at least a tenth above what is allocated; a limit of just that switches it off. */
function checkLimit(size: number, limit: string | undefined): void {
  if (limit === undefined || Number(limit) === size || Number(limit) >= size * 1.1) return;
  throw badCombination(
    `Max storage size must be greater than storage size by at least 10%: ${limit} is too small for ${size}.`,
  );
}

/** Checks storage that is asked for, new or changed. */
export function checkStorage(question: StorageQuestion): void {
  const { engine, current, params } = question;
  const asked = (name: string): string | undefined => text(params, name) ?? current[name];
  const type = asked('StorageType') ?? (text(params, 'Iops') === undefined ? 'gp3' : 'io1');
  const size = Number(asked('AllocatedStorage') ?? 0);
  checkSize(engine, type, size);
  if (type === 'gp3') checkGp3(question, size);
  if (type.startsWith('io') && asked('Iops') === undefined) {
    throw badCombination(`You must specify IOPS for storage type ${type}.`);
  }
  if (!type.startsWith('io') && type !== 'gp3' && text(params, 'Iops') !== undefined) {
    throw badCombination(`You can't specify IOPS for storage type ${type}.`);
  }
  checkLimit(size, text(params, 'MaxAllocatedStorage'));
}
