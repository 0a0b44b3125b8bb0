/// A text that is no number, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseError {
    pub index: usize,
    pub value: String,
}

/// Add up all values; the first that is no number is the error.
pub fn sum_all(values: &[&str]) -> Result<i64, ParseError> {
    let mut total = 0;
    for (index, v) in values.iter().enumerate() {
        if !v.trim_start_matches('-').chars().all(|sign| sign.is_ascii_digit()) {
            return Err(ParseError { index, value: v.to_string() });
        }
        let n: i64 = v.parse().unwrap();
        total += n;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::{sum_all, ParseError};

    #[test]
    fn happy_path() {
        assert_eq!(sum_all(&["1", "20", "3"]), Ok(24));
    }

    #[test]
    fn empty() {
        assert_eq!(sum_all(&[]), Ok(0));
    }

    #[test]
    fn negative_numbers() {
        assert_eq!(sum_all(&["-4", "9", "-15"]), Ok(-10));
    }

    #[test]
    fn bad_input_does_not_panic() {
        assert!(sum_all(&["seven"]).is_err());
    }

    #[test]
    fn bad_input_reports_index_and_value() {
        let expected = ParseError { index: 1, value: "two".to_string() };
        assert_eq!(sum_all(&["1", "two", "3"]), Err(expected));
    }
}
