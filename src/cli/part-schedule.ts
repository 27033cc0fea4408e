import type { Repeated, Repetition } from '../adapters/temporal-schedules';
import { MAIN_QUEUE, partId, PARTS } from '../contracts/messages';
import type { PartName, ScheduledInput } from '../contracts/messages';

/** What repeats a part of a workload under its canonical ID. */
export function partSchedule(part: PartName, workload: string, document: unknown, when: Repetition): Repeated {
  const id = partId(part, workload);
  const input: ScheduledInput = { workflow: PARTS[part].workflow, workflowId: id, document };
  return { id, taskQueue: MAIN_QUEUE, workflowType: 'scheduled', args: [input], when };
}
