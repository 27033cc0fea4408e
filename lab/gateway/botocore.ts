/** AWS's own model of its requests, as botocore ships it: what an operation accepts is looked up, not remembered. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface ShapeReference {
  readonly shape: string;
  readonly locationName?: string;
  /** REST protocols: where a member stands; in the body when absent. */
  readonly location?: string;
}

export interface Operation {
  readonly http?: { readonly method: string; readonly requestUri: string };
  readonly input?: ShapeReference;
  readonly output?: ShapeReference;
}

export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ShapeReference>>;
  readonly member?: ShapeReference;
  readonly key?: ShapeReference;
  readonly value?: ShapeReference;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly flattened?: boolean;
}

interface ModelFile {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** One thing that AWS would refuse. */
export interface InputProblem {
  readonly kind: 'missing' | 'unknown' | 'type' | 'enum' | 'range' | 'pattern';
  /** e.g. `actions[0].forwardConfig.targetGroups[1].weight` */
  readonly path: string;
  readonly message: string;
}

export class ServiceModel {
  constructor(private readonly file: ModelFile) {}

  /** Loads the newest version of a service's model, e.g. `elbv2`, from botocore's data folder. */
  static load(botocoreData: string, service: string): ServiceModel {
    const folder = path.join(botocoreData, service);
    const newest = readdirSync(folder).sort().at(-1) ?? '';
    const packed = readFileSync(path.join(folder, newest, 'service-2.json.gz'));
    return new ServiceModel(JSON.parse(gunzipSync(packed).toString('utf8')) as ModelFile);
  }

  hasOperation(operation: string): boolean {
    return operation in this.file.operations;
  }

  operations(): [string, Operation][] {
    return Object.entries(this.file.operations);
  }

  /** @throws Error for a shape that the model does not have. */
  shape(name: string): Shape {
    const shape = this.file.shapes[name];
    if (shape === undefined) throw new Error(`the model has no shape ${name}`);
    return shape;
  }

  validate(operation: string, input: unknown): InputProblem[] {
    const problems: InputProblem[] = [];
    const reference = this.file.operations[operation]?.input;
    if (reference !== undefined) this.check(reference.shape, input, '', problems);
    return problems;
  }

  /** What of an answer of ours AWS would never have sent. */
  validateOutput(operation: string, output: unknown): InputProblem[] {
    const problems: InputProblem[] = [];
    const reference = this.file.operations[operation]?.output;
    if (reference !== undefined) this.check(reference.shape, output, '', problems);
    return problems;
  }

  /** Names of the members of an operation's answer. */
  outputMembers(operation: string): string[] {
    const reference = this.file.operations[operation]?.output;
    return reference === undefined ? [] : Object.keys(this.shape(reference.shape).members ?? {});
  }

  /** The members of a query-protocol body as one object; scalars that do not parse stay strings, so that validation names them. */
  decodeQuery(operation: string, parameters: URLSearchParams): Record<string, unknown> {
    const root = emptyTree();
    for (const [name, value] of parameters) {
      if (name !== 'Action' && name !== 'Version') plant(root, name.split('.'), value);
    }
    const reference = this.file.operations[operation]?.input;
    return (reference === undefined ? {} : this.decode(reference.shape, root)) as Record<string, unknown>;
  }

  private decode(shapeName: string, node: ParameterTree | string): unknown {
    const shape = this.file.shapes[shapeName];
    if (shape === undefined || typeof node === 'string') return decodeScalar(shape, node);
    switch (shape.type) {
      case 'structure':
        return Object.fromEntries(
          [...node].map(([name, child]) => {
            const member = shape.members?.[name];
            return [name, member === undefined ? child : this.decode(member.shape, child)];
          }),
        );
      case 'list': {
        const items = shape.flattened ? node : (node.get('member') ?? emptyTree());
        return typeof items === 'string'
          ? []
          : numbered(items).map((item) => this.decode(shape.member?.shape ?? '', item));
      }
      default:
        return Object.fromEntries(node);
    }
  }

  private check(shapeName: string, value: unknown, at: string, problems: InputProblem[]): void {
    const shape = this.file.shapes[shapeName];
    if (shape === undefined) return;
    const report = (kind: InputProblem['kind'], message: string): void =>
      void problems.push({ kind, path: at, message });
    switch (shape.type) {
      case 'structure':
        return isRecord(value) ? this.checkMembers(shape, value, at, problems) : report('type', 'expected a structure');
      case 'list':
        if (!Array.isArray(value)) return report('type', 'expected a list');
        checkRange(shape, value.length, 'length', report);
        value.forEach((item, index) => this.check(shape.member?.shape ?? '', item, `${at}[${index}]`, problems));
        return;
      case 'map':
        return isRecord(value) ? undefined : report('type', 'expected a map');
      default:
        return checkScalar(shape, value, report);
    }
  }

  private checkMembers(shape: Shape, value: Record<string, unknown>, at: string, problems: InputProblem[]): void {
    const join = (name: string): string => (at === '' ? lowerFirst(name) : `${at}.${lowerFirst(name)}`);
    for (const name of shape.required ?? []) {
      if (value[name] === undefined || value[name] === null)
        problems.push({ kind: 'missing', path: join(name), message: 'Member must not be null' });
    }
    for (const [name, child] of Object.entries(value)) {
      const member = shape.members?.[name];
      if (child === undefined || child === null) continue;
      if (member === undefined) problems.push({ kind: 'unknown', path: join(name), message: `Unknown member ${name}` });
      else this.check(member.shape, child, join(name), problems);
    }
  }
}

type ParameterTree = Map<string, ParameterTree | string>;

const emptyTree = (): ParameterTree => new Map<string, ParameterTree | string>();

function plant(tree: ParameterTree, names: readonly string[], value: string): void {
  const [name = '', ...rest] = names;
  if (rest.length === 0) {
    tree.set(name, value);
    return;
  }
  const existing = tree.get(name);
  const child: ParameterTree = typeof existing === 'object' ? existing : emptyTree();
  tree.set(name, child);
  plant(child, rest, value);
}

function numbered(items: ParameterTree): (ParameterTree | string)[] {
  return [...items].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}

function decodeScalar(shape: Shape | undefined, node: ParameterTree | string): unknown {
  return typeof node === 'string' ? decodeText(shape, node) : Object.fromEntries(node);
}

/** A text that does not parse stays as it is, so that validation names it. */
export function decodeText(shape: Shape | undefined, node: string): unknown {
  switch (shape?.type) {
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return node !== '' && Number.isFinite(Number(node)) ? Number(node) : node;
    case 'boolean':
      return node === 'true' ? true : node === 'false' ? false : node;
    case 'list':
      return node === '' ? [] : node;
    case 'structure':
    case 'map':
      return node === '' ? {} : node;
    default:
      return node;
  }
}

function checkScalar(
  shape: Shape,
  value: unknown,
  report: (kind: InputProblem['kind'], message: string) => void,
): void {
  switch (shape.type) {
    case 'string':
      if (typeof value !== 'string') return report('type', 'expected a string');
      if (shape.enum !== undefined && !shape.enum.includes(value))
        return report('enum', `Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
      if (shape.pattern !== undefined && !matchesJavaPattern(shape.pattern, value))
        return report('pattern', `Member must satisfy regular expression pattern: ${shape.pattern}`);
      return checkRange(shape, value.length, 'length', report);
    case 'integer':
    case 'long':
      if (!Number.isInteger(value)) return report('type', 'expected an integer');
      return checkRange(shape, value as number, 'value', report);
    case 'float':
    case 'double':
      if (typeof value !== 'number') return report('type', 'expected a number');
      return checkRange(shape, value, 'value', report);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : report('type', 'expected true or false');
    default:
      return undefined;
  }
}

function checkRange(
  shape: Shape,
  size: number,
  what: string,
  report: (kind: InputProblem['kind'], message: string) => void,
): void {
  if (shape.min !== undefined && size < shape.min)
    report('range', `Member must have ${what} greater than or equal to ${shape.min}`);
  if (shape.max !== undefined && size > shape.max)
    report('range', `Member must have ${what} less than or equal to ${shape.max}`);
}

function matchesJavaPattern(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(value);
  } catch {
    return true; // A pattern that only Java's engine can read is not ours to enforce.
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
