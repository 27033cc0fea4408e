/**
 * Where a webhook may lead. Whoever writes a spec makes the worker send requests: they must not reach what only the
 * worker can reach, such as the machine's credentials at 169.254.169.254.
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import dns from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { MigrationError } from '../domain/errors';

/** Never, for nobody: the link's own addresses, where clouds keep credentials, and what is no single machine. */
const NEVER = blockList([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // Where EC2 keeps its credentials on IPv6, and ECS its own.
  ['fd00:ec2::', 32],
]);
/** Only for hosts that the worker's operator has named. */
const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
  ['64:ff9b::', 96],
]);

function blockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** @returns why the worker does not go there; undefined: it does. */
export function addressProblem(host: string, address: string, privateHosts: readonly string[]): string | undefined {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (NEVER.check(address, family)) return `${host} is ${address}, where no webhook is`;
  if (!PRIVATE.check(address, family) || privateHosts.includes(host)) return undefined;
  return `${host} is the private address ${address}, and CROSSFADE_NOTIFY_PRIVATE_HOSTS of the worker does not name it`;
}

/** @throws NoticeRefused for an address that is written out; names are checked by `checkedLookup`. */
export function refusePrivateAddress(url: URL, privateHosts: readonly string[]): void {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) === 0) return;
  const problem = addressProblem(literal, literal, privateHosts);
  if (problem !== undefined) throw new MigrationError('NoticeRefused', problem);
}

/** Checks the very address that is then connected to: a name that answers differently a moment later gains nothing. */
export function checkedLookup(privateHosts: readonly string[]): LookupFunction {
  return (host, options, callback) => {
    dns.lookup(host, { ...options, all: true } as LookupOptions & { all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const problem = addresses
        .map(({ address }) => addressProblem(host, address, privateHosts))
        .find((found) => found !== undefined);
      if (problem !== undefined) return callback(new MigrationError('NoticeRefused', problem), '');
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses as [LookupAddress, ...LookupAddress[]];
      callback(null, first.address, first.family);
    });
  };
}
