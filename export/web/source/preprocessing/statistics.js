/** Percentiles and medians of 8-bit values, from their histogram. */

/**
 * Counts values.
 *
 * @param {Iterable<number>} values Integers from 0 to 255.
 * @returns {Float64Array} 256 counts.
 */
export function histogram(values) {
  const counts = new Float64Array(256);
  for (const value of values) counts[value] += 1;
  return counts;
}

/**
 * Interpolates linearly between the two nearest ranks, as NumPy does.
 *
 * @param {Float64Array} counts From `histogram`.
 * @param {number} percent 0 to 100.
 * @returns {number}
 */
export function percentile(counts, percent) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = (percent / 100) * (total - 1);
  const lower = valueOfRank(counts, Math.floor(rank));
  const upper = valueOfRank(counts, Math.ceil(rank));
  return lower + (rank - Math.floor(rank)) * (upper - lower);
}

/**
 * @param {Float64Array} counts
 * @param {number} rank From 0 on.
 * @returns {number}
 */
function valueOfRank(counts, rank) {
  let seen = 0;
  for (let value = 0; value < counts.length; value++) {
    seen += counts[value];
    if (seen > rank) return value;
  }
  return counts.length - 1;
}

/**
 * Mean and standard deviation of the values up to a bound.
 *
 * @param {Float64Array} counts From `histogram`.
 * @param {number} most Greater values are left out.
 * @returns {{mean: number, deviation: number}}
 */
export function momentsUpTo(counts, most) {
  let [count, sum, squares] = [0, 0, 0];
  for (let value = 0; value <= most && value < counts.length; value++) {
    count += counts[value];
    sum += counts[value] * value;
    squares += counts[value] * value * value;
  }
  const mean = sum / count;
  const variance = Math.max(squares / count - mean * mean, 0);
  return {mean, deviation: Math.sqrt(variance)};
}
