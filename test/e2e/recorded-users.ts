/** Users of a model server who are recorded, and what is kept of them. */
import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { userClientConfig } from '../../lab/aws-env';
import { FEATURE_COUNT } from '../../lab/fleet/model';
import { seededRandom } from '../../lab/seeded';

/** What must not be kept of what they send. */
export const SECRETS = ['secret-of-a-header', 'secret-of-a-query'] as const;

/** Added to every answer: so slow that what a busy machine adds to it is little. */
export const MODEL_MS = 200;

/** Loose enough that some hundred requests decide. */
export const LOOSE_POLICY = {
  guardrails: {
    requestCountMin: 100,
    errorRateMax: 0.1,
    errorRateMargin: 0.05,
    errorRateDetect: 0.3,
    mismatchRateDetect: 0.2,
    passConfidence: 0.6,
    latency: [{ quantile: 'p50', ratioMax: 2, ratioDetect: 4 }],
  },
  shadow: { equivalence: { mismatchRateMax: 0.02 } },
};

export interface ReplayAnswer {
  readonly verdict: string;
  readonly reasons: string[];
  readonly figures: { readonly guardrails: object[] };
}

/** Each asks again once it is answered. */
const USERS = 15;
/** Of one user: the first credential stands in a header, the second in the query. */
const EACH = 10;

/** @returns how often each status was answered. */
export async function askSteadily(url: string, count: number, seed: number): Promise<Record<number, number>> {
  const agent = new http.Agent({ keepAlive: true });
  const random = seededRandom(seed);
  const requests = Array.from({ length: count }, (_, index) => ({
    query: index % EACH === 1 ? `?api_key=${SECRETS[1]}` : '',
    headers: index % EACH === 0 ? { authorization: `Bearer ${SECRETS[0]}` } : {},
    body: JSON.stringify({ features: Array.from({ length: FEATURE_COUNT }, () => random() * 2 - 1) }),
  }));
  const statuses: Record<number, number> = {};
  const user = async (): Promise<void> => {
    for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
      const { query, headers, body } = request;
      const status = await post(`${url}/predict${query}`, { agent, headers }, body);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
  agent.destroy();
  return statuses;
}

function post(url: string, { headers = {}, ...options }: http.RequestOptions, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-type': 'application/json' };
    const request = http.request(url, { ...options, method: 'POST', headers: all }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What the recording's objects hold, unpacked; not the one without lines with which a capture begins. */
export async function recordedTexts(awsUrl: string, Bucket: string): Promise<string[]> {
  const s3 = new S3Client({ ...userClientConfig(awsUrl), forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'recordings/' }));
  const parts = Contents.filter(({ Key = '' }) => Key.endsWith('.gz'));
  if (parts.length !== Contents.length - 1) throw new Error('a capture begins with one object that is not packed');
  const texts = parts.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return gunzipSync((await Body?.transformToByteArray()) ?? '').toString('utf8');
  });
  return Promise.all(texts);
}
