/** A data set that DataSync moves. Part of `MigrationSpec`. */

export interface DataSyncSpec {
  readonly mode: 'basic' | 'enhanced';
  /** Reach the file server; empty where the source needs none. */
  readonly agentArns: readonly string[];
  /** Not there: the source is the bucket `from`. */
  readonly sourceLocation?: SourceLocationSpec;
  /** What DataSync itself acts as at the buckets: source, target and reports. */
  readonly roleArn: string;
  /** What DataSync reads again at the end: what it transferred, everything on both sides (basic only), or nothing. */
  readonly verify: 'transferred' | 'all' | 'none';
  /** Patterns of DataSync such as `/models/*`, from the source's root; empty: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** undefined: no limit. */
  readonly bytesPerSecond?: number;
  /** Where task reports go: `s3://bucket/prefix`, no slash at the end. They stay there. */
  readonly reportTo: string;
}

interface OnSource {
  /** Begins with a slash. */
  readonly path: string;
}

interface InVpc {
  readonly securityGroupArns: readonly string[];
}

/** A secret in Secrets Manager that holds the password: specs are kept in histories, so none of them holds one. */
interface WithPassword {
  readonly user: string;
  readonly domain?: string;
  readonly secretArn: string;
  /** What DataSync acts as to read the secret. */
  readonly secretRoleArn: string;
}

export type NfsVersion = 'AUTOMATIC' | 'NFS3' | 'NFS4_0' | 'NFS4_1';

export type SourceLocationSpec =
  | ({ readonly kind: 'nfs'; readonly host: string; readonly version: NfsVersion } & OnSource)
  | ({ readonly kind: 'smb'; readonly host: string } & OnSource & WithPassword)
  | ({ readonly kind: 'efs'; readonly fileSystemArn: string; readonly subnetArn: string } & OnSource & InVpc)
  | ({ readonly kind: 'fsxLustre' | 'fsxOpenZfs'; readonly fileSystemArn: string } & OnSource & InVpc)
  | ({ readonly kind: 'fsxOntap'; readonly storageVirtualMachineArn: string } & OnSource & InVpc)
  | ({ readonly kind: 'fsxWindows'; readonly fileSystemArn: string } & OnSource & InVpc & WithPassword);
