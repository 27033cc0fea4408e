/** What the daemon may be asked for. */
export interface WorkloadRequest {
  /** DNS label of at most 20 characters: AWS names are made from it. */
  readonly name: string;
  readonly ratePerSecond?: number;
  /** Share by which the rate swings over a shortened day. 0 to 1; default 0.2. */
  readonly swing?: number;
  /** CSV with a TIMESTAMP column, instead of a rate. */
  readonly trace?: string;
  /** Source and target are two stacks that only DNS tells apart, and users ask DNS. Needs Linux. */
  readonly dns?: boolean;
  /** What answers is a SageMaker endpoint that is there already, behind a proxy. */
  readonly endpoint?: boolean;
}

/** What a person may do to a service behind its API. */
export type ServiceMethod =
  | 'takeCalls'
  | 'sageMakerFault'
  | 'clearSageMakerFaults'
  | 'sageMakerDelays'
  | 'dataSyncFault'
  | 'clearDataSyncFaults'
  | 'dataSyncDelays'
  | 'dmsFault'
  | 'clearDmsFaults'
  | 'dmsDelays';
