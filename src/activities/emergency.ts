import { log } from '@temporalio/activity';
import type { EmergencyActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { LedgerHead } from '../domain/record';
import { EMPTY_LEDGER } from '../domain/record';
import { normalRecordName, RECORD_TYPES } from '../domain/route';
import type { RouterSpec } from '../domain/spec';
import type { MigrationHistory } from '../ports/history';
import type { OpenLedger } from '../ports/ledger';
import { parseSpec, specProblems } from '../spec';
import { valueAt } from '../spec/problem';
import { listRuns, newestHead } from './ledger-chain';
import type { Ports } from './ports';
import type { NamedRoute } from './route';
import { namedRoute, routeFrom } from './route';
import { policyHashOf } from './spec';
import { atMost, describeError } from './waiting';

/** A rollback does not wait longer than this for the ledger. */
const LEDGER_MS_MAX = 3_000;
/** Where the record goes when the ledger cannot say which run it belongs to. */
const UNKNOWN_CHAIN: Chain = { run: 'emergency', head: EMPTY_LEDGER };
/** A spec that this version refuses has no policy that it knows. */
const UNKNOWN_POLICY = 'unknown';

interface Chain {
  readonly run: string;
  readonly head: LedgerHead;
}

type EmergencyPorts = Pick<Ports, 'history' | 'router' | 'openLedger'>;

export function createEmergencyActivities(ports: EmergencyPorts): EmergencyActivities {
  const { history, router } = ports;
  return {
    async findRoute({ workload }) {
      const { named, ledger, policyHash } = await findPlace(history, workload);
      const [state, chain] = await Promise.all([router.readRoute(named.ref), newestRun(ports, ledger, workload)]);
      const shadows = (state.endpoint?.shadows ?? []).filter(({ weight }) => weight > 0);
      return {
        route: routeFrom(named, state),
        generation: state.shift?.generation ?? 0,
        ledger: { url: ledger, workload, run: chain.run, policyHash },
        ledgerHead: chain.head,
        ...(shadows.length === 0 ? {} : { shadows: shadows.map(({ backend }) => backend) }),
      };
    },
  };
}

/** What a rollback needs of a spec. */
interface Place {
  readonly named: NamedRoute;
  readonly ledger: string;
  readonly policyHash: string;
}

/**
 * A migration that somebody started with a bad spec, after the one that moved the traffic, must not stand in the way:
 * the newest valid spec counts. Where there is none, the migration may have been another version's, and its spec still
 * says where the traffic is.
 */
async function findPlace(history: MigrationHistory, workload: string): Promise<Place> {
  for (const read of [placeOfValid, placeOfAny]) {
    const { document } = await history.newestInput(workload, (candidate) => read(candidate) !== undefined);
    const place = read(document);
    if (place !== undefined) return place;
  }
  throw new MigrationError(
    'SpecInvalid',
    `no run of the migration of ${workload} was started with a spec that names its route (router)`,
  );
}

function placeOfValid(document: unknown): Place | undefined {
  if (specProblems(document).length > 0) return undefined;
  const spec = parseSpec(document);
  return { named: namedRoute(spec.router, spec.workload), ledger: spec.ledger, policyHash: policyHashOf(spec) };
}

function placeOfAny(document: unknown): Place | undefined {
  const router = albOfAny(document) ?? route53OfAny(document) ?? sageMakerOfAny(document);
  if (router === undefined) return undefined;
  const workload = textAt(document, 'workload') ?? '';
  return { named: namedRoute(router, workload), ledger: textAt(document, 'ledger') ?? '', policyHash: UNKNOWN_POLICY };
}

function albOfAny(document: unknown): RouterSpec | undefined {
  const text = (key: string): string | undefined => textAt(document, 'router', 'alb', key);
  const [ruleArn, listenerArn, sourceTargetGroupArn] = ['ruleArn', 'listenerArn', 'sourceTargetGroupArn'].map(text);
  if (sourceTargetGroupArn === undefined || (ruleArn ?? listenerArn) === undefined) return undefined;
  return {
    alb: {
      sourceTargetGroupArn,
      ...(ruleArn === undefined ? {} : { ruleArn }),
      ...(listenerArn === undefined ? {} : { listenerArn }),
    },
  };
}

function route53OfAny(document: unknown): RouterSpec | undefined {
  const text = (key: string): string | undefined => textAt(document, 'router', 'route53', key);
  const [hostedZoneId, recordName, sourceIdentifier] = ['hostedZoneId', 'recordName', 'sourceIdentifier'].map(text);
  const recordType = RECORD_TYPES.find((type) => type === (text('recordType') ?? 'A'));
  if (!hostedZoneId || !recordName || !sourceIdentifier || recordType === undefined) return undefined;
  const targetIdentifier = text('targetIdentifier') ?? '';
  const place = { hostedZoneId, recordName: normalRecordName(recordName), recordType };
  // Nothing is judged here.
  return { route53: { ...place, sourceIdentifier, targetIdentifier, resolverShareMax: 1 } };
}

function sageMakerOfAny(document: unknown): RouterSpec | undefined {
  const text = (key: string): string | undefined => textAt(document, 'router', 'sagemaker', key);
  const [endpointName, sourceVariant] = ['endpointName', 'sourceVariant'].map(text);
  if (!endpointName) return undefined;
  const variant = sourceVariant === undefined ? {} : { sourceVariant };
  return { sagemaker: { endpointName, ...variant, targetEndpoint: '', healthPath: '' } };
}

function textAt(document: unknown, ...path: string[]): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

/** Best effort: traffic is more urgent than its record. */
async function newestRun({ openLedger }: EmergencyPorts, url: string, workload: string): Promise<Chain> {
  const newest = findNewest(openLedger, url, workload).catch((error: unknown) => {
    log.warn('the ledger cannot say which run was the newest', { workload, error: describeError(error) });
    return UNKNOWN_CHAIN;
  });
  return (await atMost(LEDGER_MS_MAX, newest)) ?? UNKNOWN_CHAIN;
}

async function findNewest(openLedger: OpenLedger, url: string, workload: string): Promise<Chain> {
  const store = openLedger(url);
  const run = (await listRuns(store, workload)).at(-1);
  return run === undefined ? UNKNOWN_CHAIN : { run, head: await newestHead(store, workload, run) };
}
