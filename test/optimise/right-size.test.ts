import type { HourFigures } from '../../src/domain/observed';
import { rightSize } from '../../src/optimise/right-size';
import { NO_PRICES, observedOf, PRICES } from './support';

const WEEK = 168;
const FLEET = { instanceType: 'g5.xlarge', count: 4 };
const sized = (figures: HourFigures, hours = WEEK, countMin = 1, instanceType = 'g5.xlarge') =>
  rightSize(
    observedOf(hours, () => figures),
    { ...FLEET, instanceType },
    countMin,
    PRICES,
  );

test.each<[fact: string, figures: HourFigures, countMin: number, what: string, usdAMonth: number]>([
  ['two of four are enough', { instances: 4, gpu: 35 }, 1, '2 × g5.xlarge instead of 4 × g5.xlarge', 2 * 1.006 * 730],
  [
    'one past the edge three are',
    { instances: 4, gpu: 35.1 },
    1,
    '3 × g5.xlarge instead of 4 × g5.xlarge',
    1.006 * 730,
  ],
  ['never fewer than the spec', { instances: 4, gpu: 1 }, 3, '3 × g5.xlarge instead of 4 × g5.xlarge', 1.006 * 730],
])('right-sizing: %s', (_fact, figures, countMin, what, usdAMonth) => {
  const { answer, fleet } = sized(figures, WEEK, countMin);
  expect(answer).toMatchObject({ what, saving: { unit: 'USD', formula: expect.stringContaining('USD 1.006/h') } });
  expect(answer).toHaveProperty('saving.value', expect.closeTo(usdAMonth, 6));
  expect(fleet.instanceType).toBe('g5.xlarge');
});

test('right-sizing: a smaller type with the same chip, where processors and memory were measured too', () => {
  const measured = { instances: 2, gpu: 60, cpu: 10, memoryPeak: 20, gpuMemoryPeak: 50 };
  expect(sized(measured, WEEK, 2, 'g5.4xlarge').answer).toMatchObject({
    what: '2 × g5.xlarge instead of 2 × g5.4xlarge',
  });
});

test.each<[fact: string, figures: HourFigures]>([
  ['memory that nobody measured does not shrink', { instances: 2, gpu: 60, cpu: 10, gpuMemoryPeak: 50 }],
  ['memory that is used does not shrink', { instances: 2, gpu: 60, cpu: 10, memoryPeak: 80, gpuMemoryPeak: 50 }],
  ['processors that nobody measured do not shrink', { instances: 2, gpu: 60, memoryPeak: 20, gpuMemoryPeak: 50 }],
])('right-sizing: %s', (_fact, figures) => {
  expect(sized(figures, WEEK, 2, 'g5.4xlarge').answer).toMatchObject({
    why: expect.stringMatching(/g5.4xlarge fit: .* 60 % in the busiest hour/),
  });
});

test.each<[fact: string, figures: HourFigures, hours: number, why: RegExp]>([
  ['an hour less than a week', { instances: 4, gpu: 10 }, WEEK - 1, /167 hour\(s\), 168 are needed/],
  ['no GPU metrics', { instances: 4, cpu: 10 }, WEEK, /the load of the GPUs of the target: nobody measures it/],
  ['no number of instances', { gpu: 10 }, WEEK, /the number of instances of the target: nobody measures it/],
  ['a busy fleet', { instances: 4, gpu: 69 }, WEEK, /4 × g5.xlarge fit/],
  ['a load that is no number', { instances: 4, gpu: NaN }, WEEK, /known of 0 hour/],
])('right-sizing: %s is no ground for advice, and it says so', (_fact, figures, hours, why) => {
  expect(sized(figures, hours)).toEqual({
    answer: { kind: 'right-sizing', why: expect.stringMatching(why) },
    fleet: FLEET,
  });
});

test('right-sizing: holes are told', () => {
  const holed = observedOf(240, (hour) => (hour % 4 === 0 ? { instances: 4 } : { instances: 4, gpu: 10 }));
  expect(rightSize(holed, FLEET, 1, PRICES).answer).toMatchObject({ why: expect.stringMatching(/180 of 239 hours/) });
});

test('right-sizing: without a price the saving is not known, and never nothing', () => {
  const { answer } = rightSize(
    observedOf(WEEK, () => ({ instances: 4, gpu: 10 })),
    FLEET,
    1,
    NO_PRICES,
  );
  expect(answer).toMatchObject({
    what: '1 × g5.xlarge instead of 4 × g5.xlarge',
    saving: { value: null, why: 'no price of g5.xlarge is known' },
  });
});

test('right-sizing: the busiest hour decides, not the average', () => {
  const peaky = observedOf(WEEK, (hour) => ({ instances: 4, gpu: hour === 100 ? 69 : 1 }));
  expect(rightSize(peaky, FLEET, 1, PRICES).answer).toHaveProperty('why');
});

test('right-sizing: every input names its source', () => {
  expect(sized({ instances: 4, gpu: 10, gpuPeak: 95 }).answer).toMatchObject({
    inputs: expect.arrayContaining([
      { name: 'GPU load, peak', value: 95, unit: 'percent', source: 'measured gpuPeak' },
      { name: 'instances (g5.xlarge), average', value: 4, unit: 'instances', source: 'measured instances' },
    ]),
  });
});
