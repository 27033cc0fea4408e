/** Answering the open gate with keys: a key, a reason, Enter. Pure: a prompt and a key give the next prompt. */
import type { OpenGate } from '../contracts/messages';

export interface GatePrompt {
  /** Whether keys reach us at all. */
  readonly hasKeys: boolean;
  /** null: nothing is being typed. */
  readonly asking: Asking | null;
  /** What became of the last answer, for a person. */
  readonly said: string;
}

interface Asking {
  /** As it was when the key was pressed: an answer never reaches a gate that opened since. */
  readonly gate: string;
  readonly answer: 'approve' | 'reject';
  readonly text: string;
}

export type GateAnswer = Omit<Asking, 'text'> & { readonly reason: string };

export interface Typed {
  readonly prompt: GatePrompt;
  readonly send?: GateAnswer;
  readonly isQuit?: true;
}

export const NO_KEYS: GatePrompt = { hasKeys: false, asking: null, said: '' };
export const WATCHING: GatePrompt = { hasKeys: true, asking: null, said: '' };

const [CTRL_C, ESCAPE, ENTER, NEW_LINE, BACKSPACE, DELETE] = ['\u0003', '\u001b', '\r', '\n', '\b', '\u007f'];
const TEXT_MAX = 200;

/** @param key one character, or an escape sequence of a key that has none. */
export function typed(prompt: GatePrompt, key: string, gate: OpenGate | null): Typed {
  if (key === CTRL_C) return { prompt, isQuit: true };
  const { asking } = prompt;
  if (asking === null) return begun(prompt, key, gate);
  switch (key) {
    case ESCAPE:
      return { prompt: { ...prompt, asking: null, said: 'nothing was sent' } };
    case BACKSPACE:
    case DELETE:
      return { prompt: { ...prompt, asking: { ...asking, text: [...asking.text].slice(0, -1).join('') } } };
    case ENTER:
    case NEW_LINE:
      return sent(prompt, asking);
    default: {
      const isWord = [...key].length === 1 && key >= ' ' && asking.text.length < TEXT_MAX;
      return { prompt: isWord ? { ...prompt, asking: { ...asking, text: asking.text + key } } : prompt };
    }
  }
}

function begun(prompt: GatePrompt, key: string, gate: OpenGate | null): Typed {
  if (key === 'q') return { prompt, isQuit: true };
  if (gate === null || (key !== 'a' && key !== 'r')) return { prompt };
  const answer = key === 'a' ? 'approve' : 'reject';
  return { prompt: { ...prompt, said: '', asking: { gate: gate.name, answer, text: '' } } };
}

/** The reason stands in the ledger for ever, so there is none without words. */
function sent(prompt: GatePrompt, { gate, answer, text }: Asking): Typed {
  const reason = text.trim();
  if (reason === '') return { prompt };
  return { prompt: { ...prompt, asking: null, said: `${answer} is on its way …` }, send: { gate, answer, reason } };
}
