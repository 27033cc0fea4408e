/** What every bench prints: one JSON object, as the last line of standard output. */

export type Numbers = Readonly<Record<string, number>>;

export interface Measured {
  readonly figures: Numbers;
  /** Ours over the peer's or the floor's, measured in the same run. */
  readonly ratios: Numbers;
}

export interface Report extends Measured {
  readonly bench: string;
  /** Largest accepted value of a figure or a ratio, by its name. The limit itself is held. */
  readonly limits: Numbers;
  readonly held: boolean;
}

/** A limit on what was not measured, or came out as NaN, is missed. */
export function report(bench: string, measured: Measured, limits: Numbers): Report {
  const all: Numbers = { ...measured.figures, ...measured.ratios };
  const held = Object.entries(limits).every(([name, max]) => (all[name] ?? Number.NaN) <= max);
  return { bench, figures: rounded(measured.figures), ratios: rounded(measured.ratios), limits, held };
}

function rounded(numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Math.round(value * 1_000) / 1_000]));
}

/** Nearest rank. @param share 0.5 for the median; 0 to 1. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Progress goes to standard error: standard output belongs to the report. */
export function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** Runs a bench as a program: prints its report; exit code 1 when a limit is missed or the bench itself fails. */
export async function runBench(bench: string, limits: Numbers, measure: () => Promise<Measured>): Promise<void> {
  try {
    const made = report(bench, await measure(), limits);
    process.stdout.write(`${JSON.stringify(made)}\n`);
    process.exitCode = made.held ? 0 : 1;
  } catch (error) {
    say(`bench ${bench} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  }
}
