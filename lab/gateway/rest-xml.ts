/** The REST-XML protocol by botocore's model: path, query and body become one input, an output becomes a document. */
import { parseXML } from '@aws-sdk/xml-builder';
import { AwsError, documentAnswer, escapeXml } from './answer';
import type { Answer } from './answer';
import { decodeText } from './botocore';
import type { ServiceModel, Shape, ShapeReference } from './botocore';
import type { AwsRequest } from './request';

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
}

type Input = Record<string, unknown>;

export class RestXml {
  private readonly routes: readonly Route[];

  constructor(
    readonly model: ServiceModel,
    private readonly namespace: string,
  ) {
    this.routes = model
      .operations()
      .flatMap(([operation, { http }]) =>
        http === undefined ? [] : [{ operation, method: http.method, path: pathPattern(http.requestUri) }],
      );
  }

  /** Undefined: no operation of the service is called so. */
  operationOf({ method, url }: Pick<AwsRequest, 'method' | 'url'>): string | undefined {
    return this.routeOf(method, url)?.operation;
  }

  /** @throws AwsError for a body that is no XML. */
  decode(request: AwsRequest): Input {
    const route = this.routeOf(request.method, request.url);
    const input = this.model.operations().find(([name]) => name === route?.operation)?.[1].input;
    if (route === undefined || input === undefined) return {};
    const url = new URL(request.url, 'http://lab');
    const inPath = route.path.exec(plainPath(url.pathname))?.groups ?? {};
    const body = bodyOf(request);
    const members = Object.entries(this.model.shape(input.shape).members ?? {});
    const located = members.flatMap(([name, member]) => {
      const key = member.locationName ?? name;
      const text = member.location === 'uri' ? inPath[key] : (url.searchParams.get(key) ?? undefined);
      if (member.location === undefined || text === undefined) return [];
      const plain = member.location === 'uri' ? decodeURIComponent(text) : text;
      return [[name, decodeText(this.model.shape(member.shape), plain)] as const];
    });
    return { ...this.decodeStructure(this.model.shape(input.shape), body), ...Object.fromEntries(located) };
  }

  answer(operation: string, output: Input): Answer {
    const [problem] = this.model.validateOutput(operation, output);
    if (problem !== undefined) throw new Error(`${operation} would answer ${problem.path}: ${problem.message}`);
    const shape = this.model.operations().find(([name]) => name === operation)?.[1].output?.shape ?? '';
    return documentAnswer(shape, this.namespace, this.encode(this.model.shape(shape), output));
  }

  private routeOf(method: string, url: string): Route | undefined {
    const path = plainPath(url.split('?')[0] ?? '');
    return this.routes.find((route) => route.method === method && route.path.test(path));
  }

  private decodeNode(reference: ShapeReference, node: unknown): unknown {
    const shape = this.model.shape(reference.shape);
    if (shape.type === 'structure' && (isRecord(node) || node === '')) return this.decodeStructure(shape, node);
    if (shape.type === 'list') {
      const { member } = shape;
      const items = (isRecord(node) ? node[member?.locationName ?? 'member'] : undefined) ?? [];
      const all = Array.isArray(items) ? (items as unknown[]) : [items];
      return member === undefined ? all : all.map((item) => this.decodeNode(member, item));
    }
    return typeof node === 'string' ? decodeText(shape, node) : node;
  }

  private decodeStructure(shape: Shape, node: unknown): Input {
    if (!isRecord(node)) return {};
    const members = Object.entries(shape.members ?? {}).map(
      ([name, member]) => [member.locationName ?? name, { name, member }] as const,
    );
    const byTag = new Map(members);
    return Object.fromEntries(
      Object.entries(node)
        .filter(([tag]) => tag !== 'xmlns')
        .map(([tag, child]) => {
          const known = byTag.get(tag);
          return known === undefined ? [tag, child] : [known.name, this.decodeNode(known.member, child)];
        }),
    );
  }

  private encode(shape: Shape, value: unknown): string {
    if (shape.type === 'structure')
      return Object.entries(shape.members ?? {})
        .map(([name, member]) => this.element(member.locationName ?? name, member, (value as Input)[name]))
        .join('');
    if (shape.type === 'list' && shape.member !== undefined) {
      const { member } = shape;
      return (value as unknown[]).map((item) => this.element(member.locationName ?? 'member', member, item)).join('');
    }
    return escapeXml(value instanceof Date ? value.toISOString() : String(value));
  }

  private element(tag: string, reference: ShapeReference, value: unknown): string {
    if (value === undefined) return '';
    return `<${tag}>${this.encode(this.model.shape(reference.shape), value)}</${tag}>`;
  }
}

/** `/2013-04-01/hostedzone/{Id}/rrset/`, with or without the slash at the end. */
function pathPattern(requestUri: string): RegExp {
  const path = plainPath(requestUri.split('?')[0] ?? '');
  return new RegExp(
    `^${path.replace(/\{(\w+)(\+?)\}/g, (_all, name, rest) => `(?<${name}>${rest ? '.+' : '[^/]+'})`)}$`,
  );
}

function plainPath(path: string): string {
  return path.replace(/\/$/, '');
}

function bodyOf({ body }: AwsRequest): unknown {
  if (body === undefined || body.length === 0) return {};
  try {
    return Object.values(parseXML(body.toString('utf8')) as Record<string, unknown>)[0];
  } catch (error) {
    throw new AwsError(
      'MalformedInput',
      `The body is no XML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
