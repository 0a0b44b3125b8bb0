//! Answers with the result of a call, how often the operation was called, and with which numbers.
//!
//! A call is what is looked at first, how many attempts are allowed, from which call on the operation
//! succeeds (0: never), and with which value; where the value is a text, its type is one too.

mod cases;

use solution::retry;
use std::fmt::Debug;

fn tried<T: Clone + Debug>(call: &[String], value: T) -> Vec<String> {
    let number = |at: usize| call[at].parse::<usize>().unwrap();
    let (allowed, works_at) = (number(1), number(2));
    let mut seen = Vec::new();
    let result: Result<T, String> = retry(allowed, |attempt| {
        seen.push(attempt);
        if works_at > 0 && seen.len() >= works_at {
            Ok(value.clone())
        } else {
            Err(format!("attempt {}", attempt))
        }
    });
    let calls = seen.len().to_string();
    let (told, kind) = (format!("{:?}", result), result.is_err().to_string());
    match call[0].as_str() {
        "result" => vec![told, calls, format!("{:?}", seen)],
        "error" => vec![kind, calls, told, format!("{:?}", seen)],
        _ => vec![kind, calls],
    }
}

fn main() {
    cases::each(|call| match call[3].parse::<i64>() {
        Ok(number) => tried(call, number),
        Err(_) => tried(call, call[3].as_str()),
    });
}
