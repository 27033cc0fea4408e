/** What Crossfade needs to follow what people and carriers do. Part of `MigrationSpec`. */

export interface SnowballSpec {
  /** Where the device goes: an address that the account has with Snowball. */
  readonly addressId: string;
  /** What Snowball acts as at the bucket. */
  readonly roleArn: string;
  readonly kmsKeyArn: string;
  readonly type: 'EDGE_S' | 'EDGE_C' | 'EDGE_CG' | 'V3_5S' | 'V3_5C';
}

export interface DirectConnectSpec {
  /** Of a line that was ordered: nobody is asked to order another. */
  readonly connectionId: string;
}
