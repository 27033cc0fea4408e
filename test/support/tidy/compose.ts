/** The part of a compose file that the guard looks at. */
export interface ComposeFile {
  readonly services?: Readonly<Record<string, ComposeService>>;
}

interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly ports?: readonly unknown[];
  readonly healthcheck?: unknown;
  readonly restart?: string;
}

/** Every image at one version, every port on this machine alone, every service that stays says whether it is well. */
export function findLooseServices(file: ComposeFile): string[] {
  const services = Object.entries(file.services ?? {});
  if (services.length === 0) return ['there are no services'];
  return services.flatMap(([name, service]) => [
    ...looseImage(name, service),
    ...(service.ports ?? [])
      .filter((port) => !(typeof port === 'string' && port.startsWith('127.0.0.1:')))
      .map((port) => `${name}: port ${JSON.stringify(port)} is not bound to 127.0.0.1`),
    ...(service.healthcheck === undefined && service.restart !== 'no' ? [`${name}: has no health check`] : []),
  ]);
}

function looseImage(name: string, service: ComposeService): string[] {
  if (service.image === undefined) return service.build === undefined ? [`${name}: has neither image nor build`] : [];
  // What is built here bears the product's version; what is pulled must say exactly which.
  return /:v?\d+\.\d+[\w.-]*$/.test(service.image)
    ? []
    : [`${name}: ${service.image} is not pinned to an exact version`];
}
