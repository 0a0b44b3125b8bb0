//! Reads the calls of a case, answers each on stdout, and catches what panics. The task's main is
//! `mod cases; fn main() { cases::each(|call| vec![format!("{:?}", solution::f(&call[0]))]) }`.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

static PANIC: Mutex<Option<[String; 2]>> = Mutex::new(None);

/// Answer every call with what `run` makes of its texts.
pub fn each(run: impl Fn(&[String]) -> Vec<String>) {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| at.to_string()).unwrap_or_default();
        let message = match info.payload().downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => info.payload().downcast_ref::<&str>().unwrap_or(&"Box<dyn Any>").to_string(),
        };
        *PANIC.lock().unwrap_or_else(|lock| lock.into_inner()) = Some([place, message]);
    }));
    let mut lines = io::stdin().lock().lines().map(|line| line.unwrap());
    let nonce = lines.next().unwrap();
    for line in lines {
        let call: Vec<String> = line.split(',').map(unpacked).collect();
        let (kind, texts) = match panic::catch_unwind(AssertUnwindSafe(|| run(&call))) {
            Ok(texts) => ("value", texts),
            Err(_) => {
                let told = PANIC.lock().unwrap_or_else(|lock| lock.into_inner()).take();
                ("crash", told.unwrap_or_default().to_vec())
            }
        };
        let packed: Vec<String> = texts.iter().map(|text| hexadecimal(text)).collect();
        let answer = format!("\n{} {} {}\n", nonce, kind, packed.join(","));
        let mut out = io::stdout();
        out.write_all(answer.as_bytes()).and_then(|()| out.flush()).unwrap();
    }
}

fn unpacked(field: &str) -> String {
    let byte = |at: usize| u8::from_str_radix(&field[at..at + 2], 16).unwrap();
    String::from_utf8((0..field.len()).step_by(2).map(byte).collect()).unwrap()
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{:02x}", byte)).collect()
}
