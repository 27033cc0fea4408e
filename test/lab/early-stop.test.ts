import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { labDown, labUp } from '../../lab/index';

jest.setTimeout(60_000);

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-early-'));
});

afterEach(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

/** Before its daemon has written anything, while it starts the servers, and later: wherever Ctrl-C finds it. */
test.each([0, 100, 700, 1_500])(
  'labDown: a lab that was started %i ms ago does not come up any more',
  async (afterMs) => {
    const starting = labUp({ dir }).then(
      () => 'came up',
      () => 'ended',
    );
    await delay(afterMs);
    await labDown(dir);

    expect(await starting).toBe('ended');
  },
);
