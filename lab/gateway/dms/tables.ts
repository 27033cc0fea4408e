/** Tables of a task, made up from its mappings: there is no database behind the lab, and no row is moved. */
import type { TableStatistics } from '@aws-sdk/client-database-migration-service';
import { AwsError } from '../answer';
import type { TaskRecord } from './account';
import type { DmsFaults } from './faults';

interface Rule {
  readonly 'rule-type': string;
  readonly 'rule-action': string;
  readonly 'object-locator': { readonly 'schema-name': string; readonly 'table-name': string };
}

/** What stands for the tables that a pattern fits. */
const MADE_UP = ['customers', 'orders', 'predictions'];
const SCHEMA = 'public';
const ROWS = 1_000;

/** `schema.table` of each; throws for mappings that DMS would not read. */
export function tableNames(mappings: string | undefined): string[] {
  const rules = parseRules(mappings ?? '').filter((rule) => rule['rule-type'] === 'selection');
  const included = rules.filter((rule) => rule['rule-action'] === 'include').flatMap(namesOf);
  const excluded = rules.filter((rule) => rule['rule-action'] === 'exclude').map(patternOf);
  return [...new Set(included)].filter((name) => !excluded.some((pattern) => pattern.test(name)));
}

function parseRules(mappings: string): Rule[] {
  try {
    return (JSON.parse(mappings) as { rules: Rule[] }).rules;
  } catch (error) {
    throw new AwsError('InvalidParameterValueException', `Invalid table mappings document: ${String(error)}`);
  }
}

function namesOf({ 'object-locator': place }: Rule): string[] {
  const schema = place['schema-name'].includes('%') ? SCHEMA : place['schema-name'];
  const pattern = likePattern(place['table-name']);
  const tables = place['table-name'].includes('%')
    ? MADE_UP.filter((table) => pattern.test(table))
    : [place['table-name']];
  return tables.map((table) => `${schema}.${table}`);
}

function patternOf({ 'object-locator': place }: Rule): RegExp {
  return likePattern(`${place['schema-name']}.${place['table-name']}`);
}

function likePattern(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*');
  return new RegExp(`^${escaped}$`);
}

export interface TaskProgress {
  readonly percent: number;
  readonly loaded: number;
  readonly errored: number;
  readonly open: number;
}

export function progressOf(task: TaskRecord, faults: DmsFaults, nowMs: number): TaskProgress {
  const tables = tableStatistics(task, faults, nowMs);
  const count = (state: string): number => tables.filter(({ TableState }) => TableState === state).length;
  const [loaded, errored] = [count('Table completed'), count('Table error')];
  const share = task.runs.at(-1)?.loaded(nowMs) ?? 0;
  return { percent: Math.floor(share * 100), loaded, errored, open: tables.length - loaded - errored };
}

/** Tables are loaded one after another. */
export function tableStatistics(task: TaskRecord, faults: DmsFaults, nowMs: number): TableStatistics[] {
  const run = task.runs.at(-1);
  const names = tableNames(task.input.TableMappings);
  const done = (run?.loaded(nowMs) ?? 0) * names.length;
  return names.map((name, index) => {
    const share = Math.min(1, Math.max(0, done - index));
    const isBroken = run !== undefined && faults.isTableBroken(name);
    const state = isBroken ? 'Table error' : share === 1 ? 'Table completed' : share > 0 ? 'Full load' : 'Before load';
    const [SchemaName = '', TableName = ''] = name.split('.');
    return {
      SchemaName,
      TableName,
      Inserts: 0,
      Updates: 0,
      Deletes: 0,
      Ddls: 0,
      FullLoadRows: isBroken ? 0 : Math.floor(share * ROWS),
      FullLoadErrorRows: 0,
      FullLoadCondtnlChkFailedRows: 0,
      TableState: state,
      ...validationOf(name, state, run?.isValidated(nowMs) === true, faults),
    };
  });
}

function validationOf(name: string, state: string, isValidated: boolean, faults: DmsFaults): Partial<TableStatistics> {
  const fault = faults.validation(name);
  const counts = { ValidationPendingRecords: 0, ValidationFailedRecords: 0, ValidationSuspendedRecords: 0 };
  if (state === 'Table error') return { ...counts, ValidationState: 'Table error' };
  if (state !== 'Table completed') return { ...counts, ValidationState: 'Pending validation' };
  if (fault !== undefined)
    return { ...counts, ValidationState: fault.state, ValidationFailedRecords: fault.failedRecords ?? 0 };
  if (isValidated) return { ...counts, ValidationState: 'Validated' };
  return { ...counts, ValidationState: 'Pending records', ValidationPendingRecords: ROWS };
}
