import type { DataActivities } from '../contracts/activities';
import { orderOf, tellNotices } from './data-order';
import type { Ports } from './ports';
import { beating, beatingWith } from './waiting';

/** A copy that several workers do, up to its proof, which is `copyData`'s. */
export function createRangeActivities({ data }: Pick<Ports, 'data'>): Pick<DataActivities, 'divideData' | 'copyRange'> {
  return {
    async divideData(input) {
      const { dataSet, rangesMax } = input;
      const order = orderOf(input, () => undefined);
      const rangeCount = await beating(data.divide(dataSet, order, rangesMax));
      return { orderId: order.orderId, rangeCount };
    },

    async copyRange(input) {
      const { dataSet, place } = input;
      const done = await beatingWith((onProgress) => data.copyRange(dataSet, orderOf(input, onProgress), place));
      tellNotices(dataSet, done);
      const { objectCount, byteCount, copiedCount, copiedBytes } = done;
      return { objectCount, byteCount, copiedCount, copiedBytes };
    },
  };
}
