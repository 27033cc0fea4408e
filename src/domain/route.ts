/** Where traffic is divided: a load balancer's rule or listener, a SageMaker endpoint, a set of weighted DNS records. */
export type RouteKind = 'rule' | 'listener' | 'endpoint' | 'record';
