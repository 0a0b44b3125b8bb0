//! Answers with the result for a call, or with whether it is an error and then the result.

mod cases;

use solution::{parse_all, BadValue};

fn main() {
    let parse: fn(&[&str]) -> Result<Vec<i32>, BadValue> = parse_all;
    cases::each(|call| {
        let values: Vec<&str> = call[1..].iter().map(String::as_str).collect();
        let result = match parse(&values) {
            Ok(numbers) => format!("Ok({:?})", numbers),
            Err(BadValue { index, value }) => {
                format!("Err(BadValue {{ index: {}, value: {:?} }})", index, value)
            }
        };
        match call[0].as_str() {
            "is_err" => vec![result.starts_with("Err").to_string(), result],
            _ => vec![result],
        }
    });
}
