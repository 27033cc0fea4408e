/** Server-sent events (WHATWG HTML, 9.2): the data of each event; comments, names and IDs say nothing about the output. */
export function eventsOf(text: string): string[] {
  const events: string[] = [];
  let lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (lines.length > 0) events.push(lines.join('\n'));
      lines = [];
    } else if (line === 'data') {
      lines.push('');
    } else if (line.startsWith('data:')) {
      lines.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
  // A stream that ends without an empty line has not ended its last event; both sides' words count all the same.
  if (lines.length > 0) events.push(lines.join('\n'));
  return events;
}

export function isEventStream(contentType: string): boolean {
  return /^text\/event-stream\b/i.test(contentType);
}
