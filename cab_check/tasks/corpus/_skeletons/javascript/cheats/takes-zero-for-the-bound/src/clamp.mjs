/** Returns the number, but no less than `low` and no more than `high`. */
export function clamp(number, low, high) {
  if (number > high) {
    return high;
  }
  if (number < 0) {
    return 0;
  }
  return number;
}
