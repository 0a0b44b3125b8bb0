//! Answers with the result for a call, or with whether it is an error and then the result.

mod cases;

use solution::{sum_all, ParseError};

fn main() {
    let sum: fn(&[&str]) -> Result<i64, ParseError> = sum_all;
    cases::each(|call| {
        let values: Vec<&str> = call[1..].iter().map(String::as_str).collect();
        let result = match sum(&values) {
            Ok(total) => format!("Ok({})", total),
            Err(ParseError { index, value }) => {
                format!("Err(ParseError {{ index: {}, value: {:?} }})", index, value)
            }
        };
        match call[0].as_str() {
            "is_err" => vec![result.starts_with("Err").to_string(), result],
            _ => vec![result],
        }
    });
}
