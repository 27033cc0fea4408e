/** What an AWS request is: service from the SigV4 scope, operation from the protocol it speaks. */
import type http from 'node:http';

export type Protocol = 'query' | 'ec2' | 'json' | 'cbor' | 's3' | 'rest' | 'rest-json';

export interface AwsRequest {
  /** The signing name in the SigV4 scope; `unknown` for an unsigned request. */
  readonly service: string;
  readonly operation: string;
  readonly protocol: Protocol;
  readonly region: string;
  readonly accessKey: string;
  /** Whole body; undefined for S3, whose bodies are streamed. */
  readonly body: Buffer | undefined;
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

const SCOPE = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

const INVOCATION = /^\/endpoints\/[^/?]+\/invocations(-response-stream)?(?:\?|$)/;

export interface Signer {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
}

export function signerOf(request: Pick<http.IncomingMessage, 'headers' | 'url'>): Signer {
  const fromHeader = SCOPE.exec(request.headers.authorization ?? '');
  if (fromHeader !== null)
    return { accessKey: fromHeader[1] ?? '', region: fromHeader[2] ?? '', service: fromHeader[3] ?? '' };
  // A presigned URL carries the scope as a query parameter.
  const credential = new URL(request.url ?? '/', 'http://lab').searchParams.get('X-Amz-Credential');
  const [accessKey = '', , region = '', service = 'unknown'] = credential?.split('/') ?? [];
  return { accessKey, region, service };
}

export function identify(request: http.IncomingMessage, signer: Signer, body: Buffer | undefined): AwsRequest {
  const base = { ...signer, body, method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
  if (signer.service === 's3') return { ...base, protocol: 's3', operation: s3Operation(request) };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { ...base, protocol: 'json', operation: target.split('.').at(-1) ?? '' };
  // The runtime signs with the control plane's name: only the path tells them apart.
  const invocation = signer.service === 'sagemaker' ? INVOCATION.exec(base.url) : null;
  if (invocation !== null) {
    const operation = invocation[1] === undefined ? 'InvokeEndpoint' : 'InvokeEndpointWithResponseStream';
    return { ...base, protocol: 'rest-json', operation };
  }
  const rpc = /^\/service\/[^/]+\/operation\/([^/?]+)/.exec(base.url);
  if (rpc !== null) return { ...base, protocol: 'cbor', operation: rpc[1] ?? '' };
  const action = body === undefined ? null : new URLSearchParams(body.toString('utf8')).get('Action');
  if (action !== null) return { ...base, protocol: signer.service === 'ec2' ? 'ec2' : 'query', operation: action };
  return { ...base, protocol: 'rest', operation: `${base.method} ${base.url.split('?')[0] ?? ''}` };
}

const BUCKET_SUBRESOURCES: Readonly<Record<string, string>> = {
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycleConfiguration',
  tagging: 'BucketTagging',
  policy: 'BucketPolicy',
  versioning: 'BucketVersioning',
  publicAccessBlock: 'PublicAccessBlock',
  ownershipControls: 'BucketOwnershipControls',
  location: 'BucketLocation',
};

function s3Operation(request: http.IncomingMessage): string {
  const url = new URL(request.url ?? '/', 'http://lab');
  const [bucket = '', ...key] = url.pathname.slice(1).split('/');
  const method = request.method ?? 'GET';
  const verb = { GET: 'Get', PUT: 'Put', DELETE: 'Delete', HEAD: 'Head', POST: 'Post' }[method] ?? method;
  if (bucket === '') return 'ListBuckets';
  if (key.join('/') === '') return bucketOperation(method, verb, url.searchParams);
  return objectOperation(verb, url.searchParams, request.headers['x-amz-copy-source'] !== undefined);
}

function bucketOperation(method: string, verb: string, query: URLSearchParams): string {
  for (const [name, resource] of Object.entries(BUCKET_SUBRESOURCES)) if (query.has(name)) return `${verb}${resource}`;
  if (query.has('delete')) return 'DeleteObjects';
  if (query.has('uploads')) return 'ListMultipartUploads';
  if (query.has('versions')) return 'ListObjectVersions';
  const plain: Record<string, string> = { PUT: 'CreateBucket', DELETE: 'DeleteBucket', HEAD: 'HeadBucket' };
  return plain[method] ?? (query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects');
}

function objectOperation(verb: string, query: URLSearchParams, isCopy: boolean): string {
  if (query.has('attributes')) return 'GetObjectAttributes';
  if (query.has('tagging')) return `${verb}ObjectTagging`;
  if (query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('uploadId')) {
    const parts: Record<string, string> = {
      Put: isCopy ? 'UploadPartCopy' : 'UploadPart',
      Post: 'CompleteMultipartUpload',
      Delete: 'AbortMultipartUpload',
      Get: 'ListParts',
    };
    return parts[verb] ?? verb;
  }
  return isCopy ? 'CopyObject' : `${verb}Object`;
}
