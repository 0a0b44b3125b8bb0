//! Lines for the inventory.

/// Write the items behind a prefix, and say how many bytes the prefix has.
///
/// The line is the prefix, a colon and a space, then the items with a comma and a space between
/// them; where there are no items, it ends with the space behind the colon. The caller sets the
/// prefix in bold by that number of bytes.
pub fn join_with(prefix: String, items: &[String]) -> (String, usize) {
    let listed = items.join(", ");
    let line = prefix + ": " + &listed;
    let prefix_len = prefix.len();
    (line, prefix_len)
}

#[cfg(test)]
mod tests {
    use super::join_with;

    fn items(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn joins_items() {
        let (line, _) = join_with("fruit".to_string(), &items(&["fig", "pear"]));
        assert_eq!(line, "fruit: fig, pear");
    }

    #[test]
    fn single_item() {
        let (line, _) = join_with("tool".to_string(), &items(&["saw"]));
        assert_eq!(line, "tool: saw");
    }

    #[test]
    fn no_items() {
        let (line, _) = join_with("empty".to_string(), &[]);
        assert_eq!(line, "empty: ");
    }

    #[test]
    fn returns_prefix_length() {
        let (_, length) = join_with("fruit".to_string(), &items(&["fig"]));
        assert_eq!(length, 5);
    }
}
