/** Several ways to copy the same bucket, in turn, round by round. */
import { median, say } from '../support/report';
import type { Measured } from '../support/report';
import type { Copy } from './copies';
import { countObjects } from './copies';
import type { Run } from './program';
import type { Stage } from './stage';

export interface Load {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  readonly rounds: number;
}

/** @param copies the first is the peer, the last the product. @throws Error when one of them leaves an object out. */
export async function against(
  stage: Stage,
  { name, count, bytes, rounds }: Load,
  copies: Readonly<Record<string, Copy>>,
): Promise<Measured> {
  say(`${name}: writing ${count} objects of ${bytes} bytes`);
  const from = stage.emptyBucket();
  await stage.fill(from, count, bytes);
  const names = Object.keys(copies);
  const runs = new Map<string, Run[]>(names.map((who) => [who, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes second finds warmer caches.
    for (const who of round % 2 === 0 ? names : [...names].reverse()) {
      const to = stage.emptyBucket();
      const made = await (copies[who] as Copy)(stage, from, to);
      const arrived = countObjects(stage, to);
      stage.remove(to);
      if (arrived !== count) throw new Error(`${name}: ${who} copied ${arrived} of ${count} objects`);
      runs.get(who)?.push(made);
      const { seconds, processorSeconds, mbMax } = made;
      const cost = `${processorSeconds.toFixed(1)} s of processor, ${mbMax.toFixed(0)} MB`;
      say(`${name}, round ${round + 1} of ${rounds}: ${who} ${seconds.toFixed(1)} s, ${cost}`);
    }
  }
  stage.remove(from);
  return sumUp(name, count, bytes, runs);
}

function sumUp(name: string, count: number, bytes: number, runs: ReadonlyMap<string, readonly Run[]>): Measured {
  const figures: Record<string, number> = {};
  const secondsOf = (who: string): number => median((runs.get(who) ?? []).map(({ seconds }) => seconds));
  for (const [who, made] of runs) {
    figures[`${name}Seconds_${who}`] = secondsOf(who);
    figures[`${name}ProcessorSeconds_${who}`] = median(made.map(({ processorSeconds }) => processorSeconds));
    figures[`${name}MbMax_${who}`] = Math.max(...made.map(({ mbMax }) => mbMax));
  }
  const [peer = '', last = ''] = [[...runs.keys()][0], [...runs.keys()].at(-1)];
  figures[`${name}ObjectsPerSecond`] = count / secondsOf(last);
  figures[`${name}MbPerSecond`] = (count * bytes) / 1_000_000 / secondsOf(last);
  return { figures, ratios: { [`${name}TimeToRclone`]: secondsOf(last) / secondsOf(peer) } };
}
