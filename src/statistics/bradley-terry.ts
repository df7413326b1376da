/** One comparison: how much of a win it was for `one`, 1 or 0, and 0.5 for a tie. */
export interface Duel {
  readonly one: number;
  readonly other: number;
  readonly win: number;
}

export interface Strengths {
  /** Log-odds scale, mean 0, shape (players,). */
  readonly values: Float64Array;
  /** Posterior covariance of the values, row-major, shape (players, players). */
  readonly covariance: Float64Array;
}

/** Standard deviation of strengths before anybody played: wins of 7 to 1 are usual, of 1000 to 1 are not. */
const PRIOR = 2;
const MOST_STEPS = 50;

/**
 * Strengths of players by their duels: P(i beats j) = 1 / (1 + exp(s_j - s_i)) (Bradley and Terry, Biometrika 39, 1952), at the mode
 * under a normal prior, which keeps who only won finite; the covariance is the inverse curvature there (Laplace). A tie is half a win of each.
 */
export function strengthsOf(players: number, duels: readonly Duel[]): Strengths {
  const values = new Float64Array(players);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, curvature } = derivatives(values, duels);
    const move = solve(curvature, gradient);
    let largest = 0;
    for (let player = 0; player < players; player++) {
      values[player] = at(values, player) + at(move, player);
      largest = Math.max(largest, Math.abs(at(move, player)));
    }
    if (largest < 1e-9) break;
  }
  const { curvature } = derivatives(values, duels);
  return { values, covariance: inverse(curvature, players) };
}

/** P(one is stronger than the other), by the posterior of the difference of their strengths. */
export function surelyStronger({ values, covariance }: Strengths, one: number, other: number): number {
  return normal((at(values, one) - at(values, other)) / deviationBetween({ values, covariance }, one, other));
}

/** Standard deviation of the difference of two strengths. */
export function deviationBetween({ values, covariance }: Strengths, one: number, other: number): number {
  const n = values.length;
  const variance =
    at(covariance, one * n + one) + at(covariance, other * n + other) - 2 * at(covariance, one * n + other);
  return Math.sqrt(Math.max(variance, 1e-12));
}

/** The share of all others that a player is expected to beat, 0..1, with a 95% interval; `players` at least 2. */
export function winShare(strengths: Strengths, player: number): { value: number; low: number; high: number } {
  const { values, covariance } = strengths;
  const n = values.length;
  const deviation = Math.sqrt(at(covariance, player * n + player));
  const share = (shift: number) => {
    let sum = 0;
    for (let other = 0; other < n; other++) {
      if (other !== player) sum += logistic(at(values, player) + shift - at(values, other));
    }
    return sum / (n - 1);
  };
  return { value: share(0), low: share(-1.96 * deviation), high: share(1.96 * deviation) };
}

export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** The standard normal distribution (Abramowitz and Stegun, 7.1.26; error below 1.5e-7). */
function normal(value: number): number {
  const scaled = Math.abs(value) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * scaled);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp(-scaled * scaled)) / 2;
  return value >= 0 ? 1 - tail : tail;
}

/** Of the log-posterior: the gradient, and the curvature with its sign turned, which is positive definite. */
function derivatives(values: Float64Array, duels: readonly Duel[]) {
  const n = values.length;
  const gradient = Float64Array.from(values, (value) => -value / PRIOR ** 2);
  const curvature = new Float64Array(n * n);
  for (let player = 0; player < n; player++) curvature[player * n + player] = 1 / PRIOR ** 2;
  for (const { one, other, win } of duels) {
    const expected = logistic(at(values, one) - at(values, other));
    gradient[one] = at(gradient, one) + win - expected;
    gradient[other] = at(gradient, other) + expected - win;
    const weight = expected * (1 - expected);
    for (const [row, column, sign] of [
      [one, one, 1],
      [other, other, 1],
      [one, other, -1],
      [other, one, -1],
    ] as const) {
      curvature[row * n + column] = at(curvature, row * n + column) + sign * weight;
    }
  }
  return { gradient, curvature };
}

function inverse(matrix: Float64Array, n: number): Float64Array {
  const factor = cholesky(matrix, n);
  const result = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const unit = new Float64Array(n);
    unit[column] = 1;
    result.set(substituted(factor, unit), column * n);
  }
  return result;
}

function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  return substituted(cholesky(matrix, right.length), right);
}

/** The lower factor of a positive definite matrix. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = at(matrix, row * n + column);
      for (let k = 0; k < column; k++) sum -= at(factor, row * n + k) * at(factor, column * n + k);
      factor[row * n + column] = row === column ? Math.sqrt(sum) : sum / at(factor, column * n + column);
    }
  }
  return factor;
}

/** Solves L L' x = b. */
function substituted(factor: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const x = Float64Array.from(right);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < row; k++) x[row] = at(x, row) - at(factor, row * n + k) * at(x, k);
    x[row] = at(x, row) / at(factor, row * n + row);
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) x[row] = at(x, row) - at(factor, k * n + row) * at(x, k);
    x[row] = at(x, row) / at(factor, row * n + row);
  }
  return x;
}

function at(list: Float64Array, index: number): number {
  return list[index] as number;
}
