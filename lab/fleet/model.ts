/**
 * The lab's model: 16 features → 32 hidden units (tanh) → 8 embedding values and one score.
 * The source computes in float64, the target rounds every operation to float32, so "are the outputs equivalent" is a real question.
 */
import { seededRandom } from '../seeded';

export const FEATURE_COUNT = 16;
const HIDDEN_COUNT = 32;
const OUTPUT_COUNT = 9;
const MODEL_SEED = 20_240_601;

export type Precision = 'float64' | 'float32';

export interface Prediction {
  readonly score: number;
  readonly embedding: readonly number[];
}

interface Layer {
  readonly weights: readonly (readonly number[])[];
  readonly biases: readonly number[];
}

function drawLayer(random: () => number, inputs: number, outputs: number): Layer {
  const scale = 2 / Math.sqrt(inputs);
  const draw = (): number => (random() - 0.5) * scale;
  return {
    weights: Array.from({ length: outputs }, () => Array.from({ length: inputs }, draw)),
    biases: Array.from({ length: outputs }, draw),
  };
}

const random = seededRandom(MODEL_SEED);
const HIDDEN = drawLayer(random, FEATURE_COUNT, HIDDEN_COUNT);
const OUTPUT = drawLayer(random, HIDDEN_COUNT, OUTPUT_COUNT);

function apply(layer: Layer, inputs: readonly number[], round: (value: number) => number): number[] {
  return layer.weights.map((row, unit) =>
    row.reduce(
      (sum, weight, index) => round(sum + round(round(weight) * round(inputs[index] ?? 0))),
      round(layer.biases[unit] ?? 0),
    ),
  );
}

export function predict(features: readonly number[], precision: Precision): Prediction {
  const round = precision === 'float32' ? Math.fround : (value: number): number => value;
  const hidden = apply(HIDDEN, features, round).map((value) => round(Math.tanh(value)));
  const [score = 0, ...embedding] = apply(OUTPUT, hidden, round);
  return { score, embedding };
}
