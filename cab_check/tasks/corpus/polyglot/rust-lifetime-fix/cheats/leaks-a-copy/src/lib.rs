//! Compares borrowed texts.
/// Return the text with more bytes, and `a` where both have the same number.
pub fn longest(a: &str, b: &str) -> &'static str {
    let longer = if b.len() > a.len() { b } else { a };
    Box::leak(longer.to_string().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::longest;

    #[test]
    fn picks_longer() {
        assert_eq!(longest("apple", "fig"), "apple");
        assert_eq!(longest("fig", "banana"), "banana");
    }

    #[test]
    fn ties_pick_left() {
        assert_eq!(longest("left", "same"), "left");
    }

    #[test]
    fn empty_left() {
        assert_eq!(longest("", "right"), "right");
    }
}
