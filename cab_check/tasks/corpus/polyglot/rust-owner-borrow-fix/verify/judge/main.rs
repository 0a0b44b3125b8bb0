//! Answers with the line and the length for a call: the prefix, then the items; or the length first.

mod cases;

fn main() {
    let join_with: fn(String, &[String]) -> (String, usize) = solution::join_with;
    cases::each(|call| {
        let (line, length) = join_with(call[1].clone(), &call[2..]);
        let (line, length) = (format!("{:?}", line), length.to_string());
        if call[0] == "line" { vec![line, length] } else { vec![length, line] }
    });
}
