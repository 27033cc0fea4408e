import ts from 'typescript';
import type { TextFile } from './repository';

/** Written in two halves, so that this file may be looked at as well. */
const UNFINISHED = new RegExp(`\\b(${['FIX' + 'ME', 'TO' + 'DO', 'XX' + 'X'].join('|')})\\b`);
const SHAPELESS = /^(utils?|helpers?|common|misc|stuff)$/i;

/** Work that is left over belongs to an issue, not to a comment. */
export function findUnfinished(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (UNFINISHED.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** A name that says nothing about what is inside collects everything. */
export function findShapelessNames(paths: readonly string[]): string[] {
  return paths
    .filter((path) => path.split('/').some((part) => SHAPELESS.test(part.replace(/\..*$/, ''))))
    .map((path) => `${path}: name it after what it holds`);
}

/** Where the same input must always give the same answer: no clock, no randomness. */
export function findImpure(files: readonly TextFile[]): string[] {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      const what = impurity(node);
      if (what !== undefined) {
        found.push(`${file.path}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${what}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random', 'performance.now', 'crypto.randomUUID', 'process.hrtime']);
const IMPURE_CALLS = new Set(['Date', 'setTimeout', 'setInterval', 'setImmediate', 'fetch']);

function impurity(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText().replace(/\s+/g, '');
    return IMPURE_MEMBERS.has(text) ? text : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
    // With an argument it only reads a time that was passed in.
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const name = node.expression.getText();
  return IMPURE_CALLS.has(name) ? `${name}()` : undefined;
}
