import ts from 'typescript';
import type { TextFile } from './repository';

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** What may be longer, and how long at most: a path, or `path#function`. */
export type Exceptions = Readonly<Record<string, number>>;

export interface Sized {
  /** `src/some/file.ts`, or `src/some/file.ts#name`. */
  readonly name: string;
  readonly lines: number;
}

export function measureFile(file: TextFile): Sized {
  const lines = file.text.split('\n');
  return { name: file.path, lines: lines.at(-1) === '' ? lines.length - 1 : lines.length };
}

/** Every function with a body. A `describe` block is a chapter and not measured; what is inside it is. */
export function measureFunctions(file: TextFile): Sized[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
  const found: Sized[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionWithBody(node) && !isChapter(node)) {
      const from = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const to = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      found.push({ name: `${file.path}#${nameOf(node)}`, lines: to - from + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @returns one sentence for each that is too long, and for each exception that is not needed any more. */
export function findTooLong(sized: readonly Sized[], linesMax: number, exceptions: Exceptions = {}): string[] {
  const tooLong = sized
    .filter(({ name, lines }) => lines > Math.max(linesMax, exceptions[name] ?? 0))
    .map(
      ({ name, lines }) => `${name}: ${lines} lines, at most ${Math.max(linesMax, exceptions[name] ?? 0)} are allowed`,
    );
  const loose = Object.entries(exceptions).flatMap(([name, allowed]) => {
    const longest = Math.max(0, ...sized.filter((one) => one.name === name).map(({ lines }) => lines));
    if (longest <= linesMax) return [`${name}: needs no exception any more (${longest} lines), take it off the list`];
    return longest < allowed
      ? [`${name}: shrank to ${longest} lines, so its exception shrinks from ${allowed} too`]
      : [];
  });
  return [...tooLong, ...loose];
}

function isFunctionWithBody(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** The callback of `describe(…)`, `describe.each(…)(…)` and their kind. */
function isChapter(node: ts.Node): boolean {
  if (!ts.isCallExpression(node.parent)) return false;
  return /^describe\b/.test(node.parent.expression.getText());
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText();
  }
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const first = ts.isCallExpression(parent) ? parent.arguments[0] : undefined;
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : 'anonymous';
}
