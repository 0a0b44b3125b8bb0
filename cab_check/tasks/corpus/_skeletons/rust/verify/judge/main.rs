//! Answers with what clamp returns: a call is the number and its bounds.

mod cases;

use solution::clamp;

fn main() {
    cases::each(|call| {
        let number = |at: usize| call[at].parse::<i64>().unwrap();
        vec![clamp(number(0), number(1), number(2)).to_string()]
    });
}
