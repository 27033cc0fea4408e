/**
 * The class of S3 in which what a bucket holds costs least, with what is read of it.
 *
 *   cost of a class = GB × its price + GB read a month × its price of reading
 *   saving          = cost as it lies now - cost of the cheapest class
 */
import type { ObservedBucket } from '../domain/observed';
import { usd } from '../assess';
import type { Advice, NoAdvice } from './advice';
import { digits } from './advice';
import { STORAGE_AS_OF, STORAGE_CLASSES, STORAGE_SAVING_MIN, STORAGE_SOURCE } from './assumptions';

const kind = 'storage';
const GB = 1e9;

export function tierBucket(observed: ObservedBucket): Advice | NoAdvice {
  const { bucket, standardBytes, infrequentBytes, readBytesPerMonth, source } = observed;
  if (standardBytes === undefined && infrequentBytes === undefined)
    return { kind, why: `${bucket}: CloudWatch knows no size yet; S3 tells it once a day` };
  if (readBytesPerMonth === undefined)
    return {
      kind,
      why: `${bucket}: nobody measures how much of it is read; switch its request metrics on (filter EntireBucket)`,
    };
  const [standard, infrequent] = [(standardBytes ?? 0) / GB, (infrequentBytes ?? 0) / GB];
  const [all, read] = [standard + infrequent, readBytesPerMonth / GB];
  if (all === 0) return { kind, why: `${bucket} is empty` };
  const [ofStandard, ofInfrequent] = STORAGE_CLASSES;
  const share = infrequent / all;
  const now = standard * ofStandard.perGb + infrequent * ofInfrequent.perGb + read * share * ofInfrequent.perGbRead;
  const best = STORAGE_CLASSES.map((each) => ({ ...each, cost: all * each.perGb + read * each.perGbRead })).reduce(
    (least, each) => (each.cost < least.cost ? each : least),
  );
  const saving = now - best.cost;
  if (saving < STORAGE_SAVING_MIN)
    return { kind, why: `${bucket} lies right: ${best.name} would save less than USD ${STORAGE_SAVING_MIN} a month` };
  const input = (name: string, value: number, unit: string): Advice['inputs'][number] => ({
    name,
    value,
    unit,
    source,
  });
  return {
    kind,
    what: `keep ${bucket} in ${best.name}`,
    saving: usd(
      saving,
      `(${digits(standard)} GB × USD ${ofStandard.perGb} + ${digits(infrequent)} GB × USD ${ofInfrequent.perGb} + ${digits(read)} GB read × ${digits(share * 100)} % × USD ${ofInfrequent.perGbRead}) - (${digits(all)} GB × USD ${best.perGb} + ${digits(read)} GB read × USD ${best.perGbRead}), a month (list prices of US East, ${STORAGE_AS_OF}, ${STORAGE_SOURCE})`,
    ),
    inputs: [
      input('in S3 Standard', standard, 'GB'),
      input('in S3 Standard-IA', infrequent, 'GB'),
      input('read', read, 'GB a month'),
    ],
    caution:
      'each object costs a request to move once, and is paid for at least 30 days in Standard-IA and 90 in Glacier Instant Retrieval; the figures are of the whole bucket, whoever writes there',
  };
}
