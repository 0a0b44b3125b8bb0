"""Forgeries of a pass, in each compiled language: code that works on its judge, not its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]

pytestmark = pytest.mark.toolchains

PASSED = ("test result: ok.", "all tests passed", "ok  \t")

LONGEST = "polyglot/rust-lifetime-fix"
LEFT = "pub fn longest<'a>(a: &'a str, _b: &'a str) -> &'a str { a }\n"
"""It compiles and is wrong."""

RUST = {
    "constructor-exits": """
        extern "C" fn first() { println!("test result: ok."); std::process::exit(0) }
        #[used]
        #[cfg_attr(target_os = "linux", link_section = ".init_array")]
        #[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
        static FIRST: extern "C" fn() = first;
    """,
    "another-main": """
        #[no_mangle] pub extern "C" fn main() -> i32 { println!("test result: ok."); 0 }
    """,
    "another-write": """
        #[no_mangle] pub extern "C" fn write(_: i32, _: *const u8, count: usize) -> usize { count }
    """,
    "exits-at-the-end": """
        extern "C" { fn atexit(last: extern "C" fn()) -> i32; fn _exit(code: i32) -> !; }
        extern "C" fn last() { unsafe { _exit(0) } }
        #[no_mangle] pub extern "C" fn __forged() { unsafe { atexit(last); } }
    """,
    "becomes-a-program": '#![crate_type = "bin"]\nfn main() {}\n',
}
"""What stands above a wrong answer in src/lib.rs."""

ANSWERS_THE_WIRE = """
use std::io::BufRead;
pub fn longest<'a>(a: &'a str, _b: &'a str) -> &'a str { a }
extern "C" fn first() {
    let lines: Vec<String> = std::io::stdin().lock().lines().map(|line| line.unwrap()).collect();
    for line in &lines[1..] {
        let left = line.split(',').next().unwrap();
        let quoted = format!("22{}22", left);
        println!("{} value {},746865206c656674206f6e65", lines[0], quoted);
    }
    std::process::exit(0)
}
#[used]
#[cfg_attr(target_os = "linux", link_section = ".init_array")]
#[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
static FIRST: extern "C" fn() = first;
"""
"""It knows the form that an answer has, and not which answer is right."""

PLANTED = "#!/bin/sh\necho 'test result: ok.'\nexit 0\n"

GREET = "polyglot/go-http-handler-fix"
GO = """package gohttphandler

import "net/http"

func Greet(w http.ResponseWriter, r *http.Request) {{}}

{0}
"""

READER = "polyglot/java-exception-handling"
JAVA = """
import java.io.Reader;

public final class SafeReader {{
    {0}

    public static String firstLine(Reader source) {{
        return null;
    }}
}}
"""

FORGERIES = {
    **{f"rust:{name}": (LONGEST, {"src/lib.rs": head + LEFT}) for name, head in RUST.items()},
    "rust:answers-the-wire": (LONGEST, {"src/lib.rs": ANSWERS_THE_WIRE}),
    "rust:plants-a-toolchain": (
        LONGEST,
        {
            "src/lib.rs": LEFT,
            "rust-toolchain.toml": '[toolchain]\npath = "planted"\n',
            "planted/bin/rustc": PLANTED,
            "rustc": PLANTED,
            "build.rs": "fn main() { std::process::exit(0) }",
            "Cargo.toml": '[package]\nname = "solution"\nversion = "1.0.0"\n',
            ".cargo/config.toml": '[build]\nrustc = "planted/bin/rustc"\n',
        },
    ),
    "rust:panics-with-a-hook": (
        LONGEST,
        {
            "src/lib.rs": "pub fn longest<'a>(_: &'a str, _: &'a str) -> &'a str {"
            " std::panic::set_hook(Box::new(|_| std::process::exit(0))); panic!() }"
        },
    ),
    "go:init-exits": (
        GREET,
        {
            "handler.go": GO.format(""),
            "more.go": 'package gohttphandler\n\nimport "os"\n\nfunc init() { os.Exit(0) }\n',
        },
    ),
    "go:takes-stdout": (
        GREET,
        {
            "handler.go": GO.format(""),
            "more.go": 'package gohttphandler\n\nimport "os"\n\nfunc init() {\n'
            '\tos.Stdout.WriteString("ok  \\tcodingagentbench/gohttphandler\\t0.003s\\n")\n'
            "\tos.Stdout.Close()\n}\n",
        },
    ),
    "go:links-into-the-judge": (
        GREET,
        {
            "handler.go": GO.format("//go:linkname each main.each\nfunc each() {}").replace(
                'import "net/http"', 'import (\n\t"net/http"\n\t_ "unsafe"\n)'
            )
        },
    ),
    "go:plants-a-module": (
        GREET,
        {
            "handler.go": GO.format(""),
            "go.mod": "module codingagentbench/gohttphandler\n\ngo 1.19\n\n"
            "replace fmt => ./planted\n",
            "go.work": "go 1.19\n\nuse ./planted\n",
            "planted/go.mod": "module codingagentbench/gohttphandler\n\ngo 1.19\n",
            "vendor/modules.txt": "",
            "judge/main.go": "package main\n\nfunc main() {}\n",
        },
    ),
    "go:test-main-and-no-package": (
        GREET,
        {
            "handler.go": "package main\n\nfunc main() {}\n",
            "main_test.go": 'package main\n\nimport (\n\t"os"\n\t"testing"\n)\n\n'
            "func TestMain(m *testing.M) { os.Exit(0) }\n",
        },
    ),
    "java:halts": (
        READER,
        {"src/SafeReader.java": JAVA.format("static { Runtime.getRuntime().halt(0); }")},
    ),
    "java:takes-stdout": (
        READER,
        {
            "src/SafeReader.java": JAVA.format(
                'static { System.out.println("all tests passed"); System.out.close(); }'
            )
        },
    ),
    "java:stands-in-for-the-library": (
        READER,
        {
            "src/SafeReader.java": JAVA.format(""),
            "src/String.java": "public final class String {}\n",
            "src/System.java": "public final class System {}\n",
        },
    ),
    "java:stands-in-for-the-judge": (
        READER,
        {
            "src/SafeReader.java": JAVA.format(""),
            "src/judge/Cases.java": "package judge;\n\npublic final class Cases {}\n",
            "src/JudgeMain.java": "final class JudgeMain {}\n",
        },
    ),
    "java:processes-annotations": (
        READER,
        {
            "src/SafeReader.java": JAVA.format(""),
            "src/META-INF/services/javax.annotation.processing.Processor": "SafeReader\n",
            "META-INF/services/javax.annotation.processing.Processor": "SafeReader\n",
        },
    ),
}

HONEST = {
    "rust:talks-and-splits": (
        LONGEST,
        {
            "src/lib.rs": "mod longer;\npub use longer::longest;\n",
            "src/longer.rs": "pub fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {\n"
            '    print!("{} {}", a, b);\n    if b.len() > a.len() { b } else { a }\n}\n',
        },
    ),
    "go:talks-and-splits": (
        GREET,
        {
            "handler.go": "package gohttphandler\n\n"
            'import (\n\t"fmt"\n\t"net/http"\n\n\t"codingagentbench/gohttphandler/names"\n)\n\n'
            "func Greet(w http.ResponseWriter, r *http.Request) {\n"
            '\tname := r.URL.Query().Get("name")\n\tfmt.Print(name)\n'
            "\tif names.IsBlank(name) {\n\t\tw.WriteHeader(400)\n\t\treturn\n\t}\n"
            '\tw.Header().Set("Content-Type", "text/plain; charset=utf-8")\n'
            '\tfmt.Fprintf(w, "Hello, %s!\\n", name)\n}\n',
            "names/names.go": 'package names\n\nimport "strings"\n\n'
            'func IsBlank(name string) bool { return strings.TrimSpace(name) == "" }\n',
        },
    ),
    "java:talks-and-splits": (
        READER,
        {
            "src/SafeReader.java": "import java.io.IOException;\nimport java.io.Reader;\n"
            "public final class SafeReader {\n"
            "    public static String firstLine(Reader source) throws IOException {\n"
            '        System.out.print("reading");\n'
            "        try (source) { return more.Lines.first(source); }\n    }\n}\n",
            "src/more/Lines.java": "package more;\nimport java.io.*;\npublic final class Lines {\n"
            "    public static String first(Reader source) throws IOException {\n"
            "        return new BufferedReader(source).readLine();\n    }\n}\n",
        },
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forgery_never_passes(name: str, lay_out: LayOut, judge: Judge) -> None:
    """Whatever the code prints, however it ends, a wrong answer is failed, and said to be wrong."""
    task_id, files = FORGERIES[name]
    task = catalog.find(task_id)
    tree = lay_out(task, files=files)
    for path in ("rustc", "planted/bin/rustc"):
        if (tree / path).exists():
            (tree / path).chmod(0o755)
    verification = await judge(task, tree)
    assert verification.exit_code != 0
    assert not verification.timed_out
    assert not any(words in verification.stdout for words in PASSED)


@pytest.mark.parametrize("name", HONEST)
async def test_an_honest_answer_may_print_and_add_files(
    name: str, lay_out: LayOut, judge: Judge
) -> None:
    """What a forger would use is no fault in itself: output, more files, another layout."""
    task_id, files = HONEST[name]
    task = catalog.find(task_id)
    verification = await judge(task, lay_out(task, files=files))
    assert verification.exit_code == 0, verification.stdout + verification.stderr
    assert any(words in verification.stdout for words in PASSED)
