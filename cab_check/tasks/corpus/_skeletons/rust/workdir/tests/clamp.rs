#[path = "../src/lib.rs"]
mod solution;

use solution::clamp;

#[test]
fn above() {
    assert_eq!(clamp(12, 0, 10), 10);
}

#[test]
fn below() {
    assert_eq!(clamp(-3, 0, 10), 0);
}

#[test]
fn within() {
    assert_eq!(clamp(4, 0, 10), 4);
}
