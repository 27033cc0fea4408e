/** Who listens where, from the kernel's own tables (Linux). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

interface Listener {
  readonly name: string;
  /** Dotted for IPv4, hexadecimal for IPv6. */
  readonly address: string;
}

const LISTEN = '0A';

/** One entry for each listening TCP socket that one of the processes holds. */
export function listenersOf(processes: readonly { readonly name: string; readonly pid: number }[]): Listener[] {
  const addresses = listeningSockets();
  return processes.flatMap(({ name, pid }) =>
    socketsOf(pid).flatMap((inode) => {
      const address = addresses.get(inode);
      return address === undefined ? [] : [{ name, address }];
    }),
  );
}

/** Inode → local address of every listening TCP socket of this machine. */
function listeningSockets(): Map<string, string> {
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return new Map(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => [fields[9] ?? '', readable(fields[1]?.split(':')[0] ?? '')]),
  );
}

/** `0100007F` → `127.0.0.1`: the kernel writes the bytes of IPv4 in the machine's own order. */
function readable(hexadecimal: string): string {
  if (hexadecimal.length !== 8) return hexadecimal;
  return [6, 4, 2, 0].map((at) => Number.parseInt(hexadecimal.slice(at, at + 2), 16)).join('.');
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(path.join(folder, fd)))?.[1] ?? [];
    } catch {
      // Closed while we looked.
      return [];
    }
  });
}
