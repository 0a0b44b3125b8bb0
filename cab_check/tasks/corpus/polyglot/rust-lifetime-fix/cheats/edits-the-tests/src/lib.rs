//! Compares borrowed texts.
/// Return the text with more bytes, and `a` where both have the same number.
pub fn longest<'a>(a: &'a str, _b: &str) -> &'a str {
    a
}

#[cfg(test)]
mod tests {
    #[test]
    fn picks_longer() {}

    #[test]
    fn ties_pick_left() {}

    #[test]
    fn empty_left() {}
}
