import type { StatusView } from '../contracts/messages';
import { NO_KEYS, typed, WATCHING } from './gate-prompt';
import type { GateAnswer, GatePrompt } from './gate-prompt';
import type { Io } from './io';
import type { Session, StatusAnswer } from './session';
import { cutLine, screenLines } from './watch-screen';

/** Redraws in place, and takes keys where there is a keyboard. What cannot be told now stands below what was known last. */
export class WatchTerminal {
  private drawnCount = 0;
  private known: StatusView | undefined;
  private reason = '';
  private prompt: GatePrompt;
  private readonly stopKeys: (() => void) | undefined;
  private quit: () => void = () => undefined;
  /** Settles when a person wants no more of it. */
  readonly hasQuit = new Promise<void>((resolve) => (this.quit = resolve));

  constructor(
    private readonly io: Io,
    private readonly session: Session,
    private readonly workload: string,
  ) {
    this.stopKeys = io.listenToKeys?.((key) => this.press(key));
    this.prompt = this.stopKeys === undefined ? NO_KEYS : WATCHING;
  }

  show(answer: StatusAnswer): void {
    if (answer.kind === 'answered') this.known = answer.status;
    this.reason = answer.kind === 'answered' ? '' : answer.reason;
    this.draw();
  }

  /** Gives the keyboard back. */
  close(): void {
    this.stopKeys?.();
  }

  private press(key: string): void {
    const { prompt, send, isQuit } = typed(this.prompt, key, this.known?.gate ?? null);
    this.prompt = prompt;
    if (isQuit) return this.quit();
    if (send !== undefined) void this.send(send);
    this.draw();
  }

  private async send({ gate, answer, reason }: GateAnswer): Promise<void> {
    const message = { requestedBy: this.io.user, reason, gate, approved: answer === 'approve' };
    const said = await this.session.update(this.workload, 'approveGate', message).then(
      (result) => (result.kind === 'done' ? result.text : `${answer} was not taken: ${result.reason}`),
      (error: unknown) => `${answer} was not taken: ${error instanceof Error ? error.message : String(error)}`,
    );
    this.prompt = { ...this.prompt, said };
    this.draw();
  }

  private draw(): void {
    const size = { ...this.io.screenSize(), isColored: !this.io.env['NO_COLOR'] };
    const room = { ...size, rows: size.rows - (this.reason === '' ? 0 : 1) };
    const known = this.known === undefined ? [] : screenLines(this.known, this.io.now(), room, this.prompt);
    const lines = this.reason === '' ? known : [...known, cutLine(`! ${this.reason}`, size.columns - 1)];
    const up = this.drawnCount === 0 ? '' : `\u001b[${this.drawnCount}A`;
    // Lines that wrap would be counted wrong, so the terminal is told not to wrap while we draw.
    this.io.write(`\u001b[?7l${up}\u001b[J${lines.join('\n')}\n\u001b[?7h`);
    this.drawnCount = lines.length;
  }
}
