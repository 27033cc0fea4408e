/** One model server: POST /predict, GET /health, and the same as SageMaker's containers have it: POST /invocations, GET /ping. Its faults are set from outside while it runs. */
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { hashText, seededRandom } from '../seeded';
import { LOOPBACK, listenOnFreePort, readBody, sendJson } from '../loopback';
import { FEATURE_COUNT, predict } from './model';
import type { Prediction } from './model';

export type ModelSide = 'source' | 'target';

/** What is wrong with a model server. Absent members mean "nothing". */
export interface ModelFault {
  /** Added to every prediction. Unit: milliseconds. */
  readonly extraLatencyMs?: number;
  /** By so much every second takes longer than the one before, from when the fault was set. 0.01 is 1 %. */
  readonly driftPerSecond?: number;
  /** Share of predictions answered with 500. 0 to 1, both included. */
  readonly errorRate?: number;
  /** Errors are this tenant's alone. */
  readonly tenant?: string;
  /** Scores and embeddings come out 5 % too large. */
  readonly wrong?: boolean;
  /** Health checks answer 503. */
  readonly fail?: boolean;
}

export interface ModelServerOptions {
  readonly instanceId: string;
  readonly side: ModelSide;
  /** Base service time. Unit: milliseconds. */
  readonly serviceTimeMs: number;
}

/** Says who asks. */
export const TENANT_HEADER = 'x-tenant';
const HEALTH_PATHS = new Set(['/health', '/ping']);
const PREDICTION_PATHS = new Set(['/predict', '/invocations']);
const JITTER_MS = 5;
const WRONG_SCALE = 1.05;

export class ModelServer {
  private current: ModelFault = {};
  private faultSinceMs = 0;
  private readonly server: http.Server;
  private readonly random;

  constructor(private readonly options: ModelServerOptions) {
    this.random = seededRandom(hashText(options.instanceId));
    this.server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
      void this.serve(request, response).catch(() => response.destroy());
    });
  }

  get fault(): ModelFault {
    return this.current;
  }

  set fault(fault: ModelFault) {
    this.current = fault;
    this.faultSinceMs = performance.now();
  }

  async start(): Promise<string> {
    return `http://${LOOPBACK}:${await listenOnFreePort(this.server)}`;
  }

  /** Stops listening; requests in flight are answered first. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.setHeader('x-model-side', this.options.side);
    response.setHeader('x-instance-id', this.options.instanceId);
    if (request.method === 'GET' && HEALTH_PATHS.has(request.url ?? '')) {
      sendJson(response, this.fault.fail ? 503 : 200, { status: this.fault.fail ? 'failing' : 'ok' });
    } else if (request.method === 'POST' && PREDICTION_PATHS.has(request.url ?? '')) {
      await this.servePrediction(await readBody(request), request.headers[TENANT_HEADER], response);
    } else {
      sendJson(response, 404, { error: 'not found' });
    }
  }

  private async servePrediction(
    body: Buffer,
    tenant: string | string[] | undefined,
    response: http.ServerResponse,
  ): Promise<void> {
    const text = body.toString('utf8');
    const features = parseFeatures(text);
    if (features === undefined) {
      sendJson(response, 400, { error: `features must be ${FEATURE_COUNT} numbers` });
      return;
    }
    // The jitter hangs on the input alone, so both sides take the same time for the same request.
    const jitterMs = (hashText(text) % 1000) * (JITTER_MS / 1000);
    await delay((this.options.serviceTimeMs + jitterMs) * this.slowness() + (this.fault.extraLatencyMs ?? 0));
    const isConcerned = this.fault.tenant === undefined || this.fault.tenant === tenant;
    if (isConcerned && this.random() < (this.fault.errorRate ?? 0)) {
      sendJson(response, 500, { error: 'model crashed' });
      return;
    }
    const prediction = predict(features, this.options.side === 'source' ? 'float64' : 'float32');
    sendJson(response, 200, this.fault.wrong ? spoil(prediction) : prediction);
  }

  private slowness(): number {
    const seconds = (performance.now() - this.faultSinceMs) / 1_000;
    return (1 + (this.fault.driftPerSecond ?? 0)) ** seconds;
  }
}

function parseFeatures(text: string): number[] | undefined {
  try {
    const { features } = JSON.parse(text) as { features?: unknown };
    const valid =
      Array.isArray(features) && features.length === FEATURE_COUNT && features.every((value) => Number.isFinite(value));
    return valid ? (features as number[]) : undefined;
  } catch {
    return undefined;
  }
}

function spoil(prediction: Prediction): Prediction {
  return { score: prediction.score * WRONG_SCALE, embedding: prediction.embedding.map((value) => value * WRONG_SCALE) };
}
