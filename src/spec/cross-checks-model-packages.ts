import { doOverlap, parseS3Url } from '../domain/resources';
import type { BucketLocation } from '../domain/resources';
import { valueAt } from './problem';

type Path = readonly (string | number)[];

/** Files of a version lie by themselves: undoing one must not find what another, or a data set, has put there. */
export function checkModelPackages(document: unknown, report: (path: Path, message: string) => void): void {
  const taken: [place: BucketLocation, what: string][] = [];
  const placeAt = (path: Path): BucketLocation | undefined => {
    const url = valueAt(document, path);
    return typeof url === 'string' ? parseS3Url(url) : undefined;
  };
  const ledger = placeAt(['ledger']);
  if (ledger !== undefined) taken.push([ledger, 'ledger']);
  for (const index of listAt(document, 'data').keys()) {
    const place = placeAt(['data', index, 'to']);
    if (place !== undefined) taken.push([place, `data[${index}].to`]);
  }
  for (const index of listAt(document, 'modelPackages').keys()) {
    const path = ['modelPackages', index, 'modelDataTo'];
    const place = placeAt(path);
    if (place === undefined) continue;
    const other = taken.find(([one]) => doOverlap(one, place));
    if (other !== undefined) report(path, `must not overlap ${other[1]}`);
    taken.push([place, `modelPackages[${index}].modelDataTo`]);
  }
}

function listAt(document: unknown, key: string): readonly unknown[] {
  const list = valueAt(document, [key]);
  return Array.isArray(list) ? list : [];
}
