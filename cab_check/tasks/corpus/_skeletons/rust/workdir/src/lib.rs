//! Keeps numbers within their bounds.

/// Return the number, but no less than `low` and no more than `high`.
pub fn clamp(number: i64, low: i64, high: i64) -> i64 {
    if number > high {
        return high;
    }
    number
}
