/**
 * What the pointer shows over a plot: the values at that time. The page is whole without it. Plain JavaScript, because
 * it runs in the reader's browser; it makes text nodes only, never HTML.
 */
export const POINTER = `
'use strict';
for (const area of document.querySelectorAll('[data-plot]')) {
  const data = JSON.parse(document.querySelector('[data-of="' + area.dataset.plot + '"]').textContent);
  const [from, to] = data.time;
  const cross = document.createElement('div');
  const tip = document.createElement('div');
  cross.className = 'cross';
  tip.className = 'tip';
  const hide = () => { cross.remove(); tip.remove(); };
  const at = (line, time) => {
    let [low, high] = [0, line.points.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (line.points[middle][0] - line.points[middle][1] / 2 <= time) low = middle; else high = middle - 1;
    }
    const point = line.points[low];
    if (point === undefined || time < point[0] - point[1] / 2) return undefined;
    return line.holds || time <= point[0] + point[1] / 2 ? point : undefined;
  };
  const add = (name, text, kind) => {
    const element = document.createElement(name);
    element.textContent = text;
    if (kind !== undefined) element.className = kind;
    tip.append(element);
  };
  area.addEventListener('pointermove', (event) => {
    const box = area.getBoundingClientRect();
    const place = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const time = from + place * (to - from);
    tip.replaceChildren();
    add('b', new Date(time).toISOString().slice(0, 19).replace('T', ' ') + 'Z');
    for (const line of data.lines) {
      const point = at(line, time);
      if (point === undefined) continue;
      const range = point.length > 3 ? ' (' + point[3] + ' to ' + point[4] + ')' : '';
      add('span', line.name + ' ' + point[2] + range, line.kind);
    }
    cross.style.left = place * 100 + '%';
    tip.style.left = place > 0.5 ? '' : 'calc(' + place * 100 + '% + 10px)';
    tip.style.right = place > 0.5 ? 'calc(' + (1 - place) * 100 + '% + 10px)' : '';
    area.append(cross, tip);
  });
  area.addEventListener('pointerleave', hide);
}
`;
