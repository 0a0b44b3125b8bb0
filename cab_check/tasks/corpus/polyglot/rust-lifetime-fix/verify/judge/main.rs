//! Answers with the longer of a call's two texts, and with which of them it is by its address.

mod cases;

fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    solution::longest(a, b)
}

fn main() {
    cases::each(|call| {
        let (a, b) = (call[0].clone(), call[1].clone());
        let got = longest(&a, &b);
        let origin = [(&a, "the left one"), (&b, "the right one")]
            .iter()
            .find(|(text, _)| text.as_ptr() == got.as_ptr())
            .map_or("a copy", |(_, name)| *name);
        vec![format!("{:?}", got), origin.to_string()]
    });
}
