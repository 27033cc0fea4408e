/**
 * Every failure that Crossfade names. The code is the contract: it decides the retry, it heads a paragraph in
 * docs/runbooks/errors.md, and it is never reused for another meaning. Messages are for people and may change.
 */
export const ERROR_CATALOG = {
  SpecInvalid: { retry: 'never' },
  WrongWorkflowId: { retry: 'never' },
  ClaimHeld: { retry: 'never' },
  ResourceNotOurs: { retry: 'never' },
  EarlierRunLeftovers: { retry: 'never' },
  NotExactlyOne: { retry: 'never' },
  NotFound: { retry: 'never' },
  NoFreePriority: { retry: 'never' },
  StaleGeneration: { retry: 'never' },
  RouteChanged: { retry: 'never' },
  DecisionRaced: { retry: 'with_backoff' },
  SourceGone: { retry: 'never' },
  SourceUnhealthy: { retry: 'with_backoff' },
  AwsDenied: { retry: 'never' },
  AwsRejected: { retry: 'never' },
  AwsUnavailable: { retry: 'with_backoff' },
  FileDenied: { retry: 'never' },
  FileRejected: { retry: 'never' },
  FileUnavailable: { retry: 'with_backoff' },
  DiskFull: { retry: 'with_backoff' },
  MetricsUnavailable: { retry: 'with_backoff' },
  TargetsNotHealthy: { retry: 'with_backoff' },
  EndpointFailed: { retry: 'never' },
  QuotaTooLow: { retry: 'never' },
  OutputsDiffer: { retry: 'never' },
  DataMismatch: { retry: 'never' },
  DataChanged: { retry: 'with_backoff' },
  ImageMismatch: { retry: 'never' },
  ModelPackageMismatch: { retry: 'never' },
  ModelPackageUnmovable: { retry: 'never' },
  RegistryDenied: { retry: 'never' },
  RegistryRejected: { retry: 'never' },
  RegistryUnavailable: { retry: 'with_backoff' },
  TransferFailed: { retry: 'never' },
  AgentOffline: { retry: 'with_backoff' },
  ReplicationFailed: { retry: 'never' },
  DatabaseNotLevel: { retry: 'never' },
  DataNotFrozen: { retry: 'never' },
  DeletesRefused: { retry: 'never' },
  EndpointUnreachable: { retry: 'with_backoff' },
  NoticeRefused: { retry: 'never' },
  NoticeUndelivered: { retry: 'with_backoff' },
  TapUnreachable: { retry: 'with_backoff' },
  TapRefused: { retry: 'never' },
  BaselineIncomplete: { retry: 'never' },
  SourceReceivesTraffic: { retry: 'never' },
  LedgerForked: { retry: 'never' },
  LedgerBroken: { retry: 'never' },
  TemporalUnreachable: { retry: 'with_backoff' },
  ConfigInvalid: { retry: 'never' },
  MigrationNotFound: { retry: 'never' },
  MigrationRunning: { retry: 'never' },
  ScheduleNotFound: { retry: 'never' },
  ScheduleRefused: { retry: 'never' },
} as const satisfies Record<string, { retry: 'never' | 'with_backoff' }>;

export type ErrorCode = keyof typeof ERROR_CATALOG;

/** Codes that a retry cannot cure; the workflows' `nonRetryableErrorTypes`. */
export const NON_RETRYABLE_CODES: ErrorCode[] = (Object.keys(ERROR_CATALOG) as ErrorCode[]).filter(
  (code) => ERROR_CATALOG[code].retry === 'never',
);

/** A failure with a code. The message says what was being done, to which resource, with which values. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** For the `default` of an exhaustive switch: a broken invariant, never an operator's mistake. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
