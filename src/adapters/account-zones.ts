/** Hosted zones of an account, and their records with weighted routing. */
import type {
  ListResourceRecordSetsCommandOutput,
  ListResourceRecordSetsRequest,
  ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import type { WeightedRecordFacts, ZoneFacts } from '../ports/account';
import { awsCall } from './aws-errors';
import { everyPage } from './pages';

export class ZoneListing {
  constructor(private readonly client: Route53Client) {}

  async zones(): Promise<ZoneFacts[]> {
    const all = await everyPage(
      (Marker) =>
        awsCall('route53:ListHostedZones', 'the account', (abortSignal) =>
          this.client.send(new ListHostedZonesCommand({ Marker }), { abortSignal }),
        ),
      (page) => page.HostedZones,
      (page) => page.NextMarker,
    );
    return all.map(({ Id = '', Name = '', Config }) => ({
      id: Id.replace(/^\/hostedzone\//, ''),
      name: withoutDot(Name),
      isPrivate: Config?.PrivateZone === true,
    }));
  }

  async weightedRecords(zoneId: string): Promise<WeightedRecordFacts[]> {
    const all = await everyPage<
      ListResourceRecordSetsCommandOutput,
      ResourceRecordSet,
      Partial<ListResourceRecordSetsRequest>
    >(
      (from) =>
        awsCall('route53:ListResourceRecordSets', zoneId, (abortSignal) =>
          this.client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, ...from }), { abortSignal }),
        ),
      (page) => page.ResourceRecordSets,
      (page) =>
        page.IsTruncated === true
          ? {
              StartRecordName: page.NextRecordName,
              StartRecordType: page.NextRecordType,
              StartRecordIdentifier: page.NextRecordIdentifier,
            }
          : undefined,
    );
    return all.flatMap(toWeighted);
  }
}

function toWeighted(record: ResourceRecordSet): WeightedRecordFacts[] {
  const { Name = '', Type = '', SetIdentifier, Weight, AliasTarget, ResourceRecords = [] } = record;
  if (SetIdentifier === undefined || Weight === undefined) return [];
  const alias = AliasTarget?.DNSName;
  return [
    {
      name: withoutDot(Name),
      type: Type,
      setIdentifier: SetIdentifier,
      weight: Weight,
      leadsTo: alias === undefined ? ResourceRecords.map(({ Value = '' }) => Value) : [withoutDot(alias)],
      isAlias: alias !== undefined,
    },
  ];
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
