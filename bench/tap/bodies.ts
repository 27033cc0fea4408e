/** What is sent and answered: JSON with numbers, as models take and give it. */

/** @param step added to every number, so that two sides answer within tolerance of each other and not alike. */
export function answerOf(byteCount: number, step: number): string {
  const head = '{"model":"ranker","embedding":[';
  const numbers: string[] = [];
  for (let length = head.length + 2; ;) {
    const number = (Math.sin(numbers.length + 1) * (1 + step)).toFixed(12);
    length += number.length + 1;
    if (length > byteCount) break;
    numbers.push(number);
  }
  return `${head}${numbers.join(',')}]}`;
}

export function requestOf(index: number, byteCount: number): string {
  const head = `{"id":${index},"text":"`;
  return `${head}${'x'.repeat(Math.max(0, byteCount - head.length - 2))}"}`;
}
