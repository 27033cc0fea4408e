/** What a page of metrics exposes, and what rules and dashboards ask of it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { packageRoot } from '../../lab/tools';

export const DEPLOY = path.join(packageRoot(), 'deploy');

/** Label names by the name of the series. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>;

export function readPage(text: string): Exposed {
  const exposed = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = exposed.get(name) ?? new Set<string>(['instance', 'job']);
    for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label as string);
    exposed.set(name, known);
  }
  return exposed;
}

export interface Query {
  readonly where: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export function dashboardQueries(): Query[] {
  const folder = path.join(DEPLOY, 'grafana/dashboards');
  return readdirSync(folder).flatMap((file) => {
    const { panels } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as { panels: Panel[] };
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `${file}, ${title}`, expr: expr.replaceAll('$workload', '.*') })),
    );
  });
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

export function ruleQueries(): Query[] {
  const { groups } = parseYaml(readFileSync(path.join(DEPLOY, 'prometheus/crossfade.rules.yml'), 'utf8')) as Rules;
  return groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr })));
}

/** @returns a sentence for each series, or label of one, that nobody exposes. */
export function findUnexposed(queries: readonly Query[], exposed: Exposed): string[] {
  return queries.flatMap(({ where, expr }) =>
    [...expr.matchAll(/\b((?:crossfade|temporal)_[a-z_]+)(?:\{([^}]*)\})?/g)].flatMap(
      ([, name = '', matchers = '']) => {
        const labels = exposed.get(name);
        if (labels === undefined) return [`${where}: ${name} is not exposed`];
        return [...matchers.matchAll(/(\w+)\s*[=!]/g)]
          .filter(([, label = '']) => !labels.has(label))
          .map(([, label]) => `${where}: ${name} has no label ${label}`);
      },
    ),
  );
}
