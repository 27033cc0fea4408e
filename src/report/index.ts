/** The report of a migration, from its ledger alone. Pure: the same records give the same report. */
export { makeReport } from './make-report';
export type { Report } from './report';
export { htmlReport } from './html/page';
export { markdownReport } from './markdown';
