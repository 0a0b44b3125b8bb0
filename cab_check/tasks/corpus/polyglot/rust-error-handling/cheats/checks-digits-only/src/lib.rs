/// A text that is no number, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct BadValue {
    pub index: usize,
    pub value: String,
}

/// Parse every text; the first one that is no number is the error.
pub fn parse_all(values: &[&str]) -> Result<Vec<i32>, BadValue> {
    let mut numbers = Vec::with_capacity(values.len());
    for (index, v) in values.iter().enumerate() {
        if !v.trim_start_matches('-').chars().all(|sign| sign.is_ascii_digit()) {
            return Err(BadValue { index, value: v.to_string() });
        }
        numbers.push(v.parse().unwrap());
    }
    Ok(numbers)
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
