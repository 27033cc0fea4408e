/** What goes wrong in DMS when a test, or a person who wants to see it, asks for it. Throttling is the gateway's. */
import { z } from 'zod';

const schema = z.discriminatedUnion('kind', [
  /** Connections to endpoints of that side fail, until cleared. */
  z.strictObject({ kind: z.literal('connection'), side: z.enum(['source', 'target']), message: z.string() }),
  /** The next task that is started fails in the middle of its load. */
  z.strictObject({ kind: z.literal('task'), message: z.string() }),
  /** The table, `schema.table`, cannot be loaded, until cleared. */
  z.strictObject({ kind: z.literal('table_error'), table: z.string() }),
  /** The validation of the table says this, until cleared. */
  z.strictObject({
    kind: z.literal('validation'),
    table: z.string(),
    state: z.string(),
    failedRecords: z.int().min(0).default(0),
  }),
  /** The capture lags by this much, until cleared. */
  z.strictObject({ kind: z.literal('latency'), seconds: z.number().min(0) }),
  /** Nothing is published to CloudWatch, until cleared. */
  z.strictObject({ kind: z.literal('silence') }),
]);

export type DmsFault = z.input<typeof schema>;
type Fault = z.output<typeof schema>;
type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

export class DmsFaults {
  private all: Fault[] = [];

  add(params: unknown): void {
    this.all.push(schema.parse(params));
  }

  clear(): void {
    this.all = [];
  }

  connectionFailure(side: string | undefined): string | undefined {
    return this.of('connection').find((fault) => fault.side === side)?.message;
  }

  /** Used up by asking. */
  takeTaskFailure(): string | undefined {
    const [fault] = this.of('task');
    this.all = this.all.filter((one) => one !== fault);
    return fault?.message;
  }

  isTableBroken(table: string): boolean {
    return this.of('table_error').some((fault) => fault.table === table);
  }

  validation(table: string): FaultOf<'validation'> | undefined {
    return this.of('validation').find((fault) => fault.table === table);
  }

  get lagSeconds(): number | undefined {
    return this.of('latency').at(-1)?.seconds;
  }

  get isSilent(): boolean {
    return this.of('silence').length > 0;
  }

  private of<K extends Fault['kind']>(kind: K): FaultOf<K>[] {
    return this.all.filter((fault): fault is FaultOf<K> => fault.kind === kind);
  }
}
