import type { Notice } from '../domain/notice';
import type { NotifySpec } from '../domain/spec';

/** Tells people. A migration never waits for it. */
export interface Notifier {
  /**
   * Delivers once, within seconds, or says why not; whoever calls may try again with the same notice.
   * @throws NoticeRefused where trying again cannot help; EndpointUnreachable and AwsUnavailable where it may.
   */
  notify(to: NotifySpec, notice: Notice): Promise<void>;
}
