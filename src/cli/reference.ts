/** The reference pages: what the program and the schema say about themselves, as Markdown. */
import type { Command } from 'commander';

/** Wide enough for a code block on a page. Unit: characters. */
const HELP_WIDTH = 100;

/** @param program is given a fixed width, so it is for nothing else afterwards. */
export function cliReference(program: Command): string {
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  const parts = [program, ...commands].map((command) => {
    const name = nameOf(command);
    return `${command === program ? '#' : '##'} ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;
  });
  const [head = '', ...rest] = parts;
  return [head, `${NOTE}\n`, ...rest].join('\n');
}

const NOTE = 'Written by the program itself: `node dist/src/cli/generate-reference.js` after a build.';

/** With the commands it stands below. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (words) => (text += words),
    getOutHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

/** The part of JSON Schema that our schemas use. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** One section a key at the top, one row a key below it. */
export function specReference(schema: unknown): string {
  const { properties = {}, required = [] } = schema as Schema;
  const sections = Object.entries(properties)
    .filter(([name]) => name !== '$schema')
    .map(([name, value]) => sectionOf({ path: name, schema: value, isRequired: required.includes(name) }));
  return ['# The spec, key by key\n', `${NOTE} An editor completes the same from \`schema/\`.\n`, ...sections].join(
    '\n',
  );
}

function sectionOf(top: Row): string {
  const rows = rowsOf(top).map(
    ({ path, schema, isRequired }) =>
      `| \`${path}\` | ${cell(typeOf(schema))} | ${isRequired ? 'required' : defaultOf(schema)} | ${cell(schema.description ?? '')} |`,
  );
  return `## ${top.path}\n\n| key | value | default | what |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** Itself, then all below it; a key that several forms have in common stands there once. */
function rowsOf(row: Row): Row[] {
  const seen = new Set<string>();
  return [row, ...below(row)].filter(({ path }) => !seen.has(path) && seen.add(path));
}

function below({ path, schema }: Row): Row[] {
  const { properties = {}, required = [], items, anyOf = [], oneOf = [], additionalProperties } = schema;
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const row = { path: `${path}.${name}`, schema: value, isRequired: required.includes(name) };
    return [row, ...below(row)];
  });
  const forms = [...anyOf, ...oneOf].flatMap((form) => below({ path, schema: form, isRequired: false }));
  const listed = items === undefined ? [] : below({ path: `${path}[]`, schema: items, isRequired: false });
  const named =
    typeof additionalProperties === 'object'
      ? below({ path: `${path}.<name>`, schema: additionalProperties, isRequired: false })
      : [];
  return [...own, ...forms, ...listed, ...named];
}

function typeOf(schema: Schema): string {
  const { const: only, enum: choices, anyOf, oneOf, items, type, pattern } = schema;
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(', ');
  const forms = anyOf ?? oneOf;
  if (forms !== undefined) return [...new Set(forms.map(typeOf))].join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (pattern?.includes('ms|s|m|h|d') === true) return 'duration';
  return type ?? 'any';
}

function defaultOf({ default: value }: Schema): string {
  return value === undefined ? '' : `\`${cell(JSON.stringify(value))}\``;
}

/** Fit for a table's cell: on one line, and without a bar. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
