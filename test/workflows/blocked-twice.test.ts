import { MigrationError } from '../../src/domain/errors';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Credentials that are no good any more refuse everything: the step, and the ledger that should say so. */

const WITHIN_MS = 90_000;
const DENIED = new MigrationError('AwsDenied', 'not allowed');

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);

afterAll(() => theatre.close(), WITHIN_MS);

test(
  'blocked at a step and then at the ledger: each retry answers one of them, and the migration goes on',
  async () => {
    const migration = Migration.of(theatre, 'twice', { shadow: { firstHold: '1h' } });
    const { faults } = migration.world;
    let mend = (): void => undefined;
    faults.intercept('data.copy', 1, () => {
      mend = faults.failEvery('ledger.putIfAbsent', DENIED);
      return Promise.reject(DENIED);
    });
    await migration.start();
    await migration.until('the ledger', ({ blocked }) => blocked?.step === 'ledger');
    mend();
    await migration.send('retry');
    const beneath = await migration.until('the step', ({ blocked }) => blocked?.step !== 'ledger');
    await migration.send('retry');
    const after = await migration.untilPhase('shadow');

    expect(beneath.blocked).toMatchObject({ step: 'copy-data model', code: 'AwsDenied' });
    expect(after.blocked).toBeNull();
    await migration.send('abandon');
    await migration.result();
  },
  WITHIN_MS,
);
