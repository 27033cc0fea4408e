import { TapControl } from '../../src/adapters/tap-control';
import type { EpochMs } from '../../src/domain/quantity';
import { EXACT, TapBed, TOKEN } from './support';

let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

test('TapControl: an order reaches the tap, and its windows come back', async () => {
  const adapter = new TapControl(TOKEN);
  const startMs = bed.nowMs as EpochMs;
  await adapter.setOrder(bed.controlUrl, {
    fraction: 1,
    target: { url: bed.target.url, headers: { 'X-Probe': 'secret' } },
    equivalence: EXACT,
  });
  await bed.request('/');
  await bed.settle();
  expect(await adapter.readWindows(bed.controlUrl, startMs, bed.nowMs as EpochMs)).toMatchObject({
    complete: true,
    windows: [{ startMs, endMs: startMs + 1_000, shadow: { received: 1, mirrored: 1, compared: 1, mismatched: 0 } }],
  });
  expect(bed.target.received[0]?.headers['x-probe']).toBe('secret');
});

test('TapControl: a second that is not over is left for the next look', async () => {
  const adapter = new TapControl(TOKEN);
  const answer = await adapter.readWindows(bed.controlUrl, bed.nowMs as EpochMs, (bed.nowMs + 1_000) as EpochMs);
  expect(answer).toEqual({ complete: true, windows: [], coveredToMs: bed.nowMs });
});

test('TapControl: another token is refused by name', async () => {
  const order = new TapControl('other').setOrder(bed.controlUrl, { fraction: 0, equivalence: EXACT });
  await expect(order).rejects.toMatchObject({ code: 'TapRefused' });
});

test('TapControl: hours of windows come in parts, each of them once', async () => {
  const startMs = bed.nowMs as EpochMs;
  const receivedMs: number[] = [];
  for (let part = 0; part < 5; part += 1) {
    // The last second of a part, and the first of the next.
    for (const offsetMs of [599_000, 600_000]) {
      bed.nowMs = startMs + part * 600_000 + offsetMs;
      receivedMs.push(bed.nowMs);
      await bed.request('/');
    }
  }
  bed.nowMs = startMs + 7_200_000;
  for (const fromMs of [startMs, startMs + 500] as EpochMs[]) {
    const evidence = await new TapControl(TOKEN).readWindows(bed.controlUrl, fromMs, bed.nowMs as EpochMs);
    expect(evidence).toMatchObject({ complete: true, windows: receivedMs.map((ms) => ({ startMs: ms })) });
    expect(evidence).not.toHaveProperty('coveredToMs');
  }
});
