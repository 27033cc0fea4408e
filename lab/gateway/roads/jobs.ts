/** Jobs of Snowball: each goes from state to state by the clock, as far as it gets without being cancelled. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../answer';
import type { Operations } from '../modelled-service';
import type { RoadDelays } from './delays';

interface JobInput {
  readonly JobType?: string;
  readonly Description?: string;
  readonly SnowballType?: string;
  readonly AddressId?: string;
  readonly RoleARN?: string;
  readonly KmsKeyARN?: string;
  readonly Resources?: unknown;
}

interface Job {
  readonly id: string;
  readonly input: JobInput;
  readonly createdAtMs: number;
  isCancelled: boolean;
}

const STATES = [
  'New',
  'PreparingAppliance',
  'PreparingShipment',
  'InTransitToCustomer',
  'WithCustomer',
  'InTransitToAWS',
  'WithAWSSortingFacility',
  'WithAWS',
  'InProgress',
  'Complete',
];
/** Small enough that a reader who stops at the first page is found out. */
const PAGE_SIZE = 2;

export function jobOperations(now: () => number, delays: RoadDelays): Operations {
  const jobs: Job[] = [];
  const find = (id: string): Job => {
    const job = jobs.find((one) => one.id === id);
    if (job === undefined) throw new AwsError('InvalidResourceException', `Job ${id} is not found.`);
    return job;
  };
  const stateOf = (job: Job): string => (job.isCancelled ? 'Cancelled' : stateAfter(now() - job.createdAtMs, delays));
  return {
    CreateJob: ({ ShippingOption: _shipping, ...input }: JobInput & { readonly ShippingOption?: string }) => {
      const id = `JID${randomUUID()}`;
      jobs.push({ id, input, createdAtMs: now(), isCancelled: false });
      return { JobId: id };
    },
    ListJobs: ({ NextToken }: { readonly NextToken?: string }) => {
      const start = Number(NextToken ?? 0);
      const entries = jobs.slice(start, start + PAGE_SIZE).map((job) => ({
        JobId: job.id,
        JobState: stateOf(job),
        JobType: job.input.JobType,
        Description: job.input.Description,
        CreationDate: new Date(job.createdAtMs),
      }));
      const end = start + PAGE_SIZE;
      return { JobListEntries: entries, ...(end < jobs.length ? { NextToken: String(end) } : {}) };
    },
    DescribeJob: ({ JobId }: { readonly JobId: string }) => {
      const job = find(JobId);
      return { JobMetadata: { ...job.input, JobId, JobState: stateOf(job), CreationDate: new Date(job.createdAtMs) } };
    },
    CancelJob: ({ JobId }: { readonly JobId: string }) => {
      const job = find(JobId);
      if (stateOf(job) !== 'New')
        throw new AwsError('InvalidJobStateException', `Job ${JobId} is ${stateOf(job)} and can not be cancelled.`);
      job.isCancelled = true;
      return {};
    },
  };
}

function stateAfter(ageMs: number, { jobStateMs, withCustomerMs }: RoadDelays): string {
  let leftMs = ageMs;
  for (const state of STATES) {
    const stayMs = state === 'WithCustomer' ? withCustomerMs : jobStateMs;
    if (leftMs < stayMs || state === 'Complete') return state;
    leftMs -= stayMs;
  }
  return 'Complete';
}
