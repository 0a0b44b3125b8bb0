"""Comments by each language's own tokens: what looks like one inside a literal is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.scorers.comments import added_comments, comments_in, only_remarks
from cab_check.scorers.lexer import Language, comment_spans, without_comments
from cab_check.workspace.changes import FileEdit
from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeEdit = Callable[[str, str | None, str | None], FileEdit]

JS = Language.JAVASCRIPT
SUFFIXES = ("c", "h", "cc", "cpp", "go", "rs", "java", "js", "mjs", "ts", "tsx")
C_FAMILY = [one for one in Language if one is not Language.PYTHON]

SOURCES = [
    pytest.param(Language.PYTHON, "x = 1  # one\n", ["# one"], id="python-comment"),
    pytest.param(Language.PYTHON, 'x = "# no"\n', [], id="python-string"),
    pytest.param(Language.PYTHON, '"""Doc # no\n# no\n"""\n', [], id="python-docstring"),
    pytest.param(Language.PYTHON, 'x = f"{1} # no"  # yes\n', ["# yes"], id="python-f-string"),
    pytest.param(Language.PYTHON, "#!/usr/bin/python\n", ["#!/usr/bin/python"], id="python-first"),
    pytest.param(Language.C, "int x; // a\n/* b\n c */ int y;", ["// a", "/* b c */"], id="c-both"),
    pytest.param(Language.C, 'char *s = "// no /* no */";', [], id="c-string"),
    pytest.param(Language.C, r'char *s = "\"// no";  // yes', ["// yes"], id="c-escaped-quote"),
    pytest.param(Language.C, "char c = '\"'; // yes", ["// yes"], id="c-quote-character"),
    pytest.param(Language.C, r"char c = '\''; // yes", ["// yes"], id="c-escaped-character"),
    pytest.param(Language.C, "// a \\\nstill\nint x;", [r"// a \ still"], id="c-continued"),
    pytest.param(Language.C, "int n = 1'000'000; // yes", ["// yes"], id="c-digit-separator"),
    pytest.param(Language.C, "/* open", ["/* open"], id="c-never-closed"),
    pytest.param(Language.C, 'puts("open\n// yes', ["// yes"], id="c-string-ends-with-line"),
    pytest.param(Language.CPP, 'auto s = R"x(// no )" )x"; // yes', ["// yes"], id="c++-raw"),
    pytest.param(Language.CPP, 'auto s = u8R"(a\n// no)";', [], id="c++-raw-prefixed"),
    pytest.param(Language.GO, "s := `// no\n/* no */` // yes", ["// yes"], id="go-raw"),
    pytest.param(Language.GO, "r := '`' // yes", ["// yes"], id="go-rune"),
    pytest.param(Language.GO, 's := "/*" + "*/" /* yes */', ["/* yes */"], id="go-string"),
    pytest.param(Language.JAVA, 'var s = """\n// no "x"\n""";// yes', ["// yes"], id="java-block"),
    pytest.param(Language.JAVA, "char c = '\\\\'; /** doc */", ["/** doc */"], id="java-doc"),
    pytest.param(Language.RUST, "/*a /*b*/ c*/ let x;", ["/*a /*b*/ c*/"], id="rust-nested"),
    pytest.param(Language.RUST, "/* a /* b */ c", ["/* a /* b */ c"], id="rust-nested-open"),
    pytest.param(Language.RUST, "fn f<'a>(x: &'a str) {} // b", ["// b"], id="rust-lifetime"),
    pytest.param(Language.RUST, "let c = '\"'; // yes", ["// yes"], id="rust-character"),
    pytest.param(Language.RUST, r"let c = '\u{2f}'; // yes", ["// yes"], id="rust-unicode"),
    pytest.param(Language.RUST, r"let c = '\''; // yes", ["// yes"], id="rust-escaped"),
    pytest.param(Language.RUST, 'let s = r#"" // no"#; // yes', ["// yes"], id="rust-raw"),
    pytest.param(Language.RUST, 'let s = br"\\"; // yes', ["// yes"], id="rust-raw-bytes"),
    pytest.param(Language.RUST, 'let r#fn = "a\n// no";', [], id="rust-long-string"),
    pytest.param(Language.RUST, "/// doc\n//! inner\n", ["/// doc", "//! inner"], id="rust-doc"),
    pytest.param(JS, "const s = '// no'; // yes", ["// yes"], id="string"),
    pytest.param(JS, "a = `// no ${b /* yes */} // no`", ["/* yes */"], id="template"),
    pytest.param(JS, "`${ {a: `${1}`} }// no`// yes", ["// yes"], id="template-deep"),
    pytest.param(JS, r"`\` // no ${'}'} \${ // no` // y", ["// y"], id="template-esc"),
    pytest.param(JS, "`open // no", [], id="template-open"),
    pytest.param(JS, "x = /[/*]/; // yes", ["// yes"], id="regex"),
    pytest.param(JS, r"x = /\/*/g.test(y) // yes", ["// yes"], id="regex-esc"),
    pytest.param(JS, "return /'/; // yes", ["// yes"], id="regex-return"),
    pytest.param(JS, "if (a) /'/.test(b) // yes", ["// yes"], id="regex-if"),
    pytest.param(JS, "f(a) / 2 /* yes */ / 3", ["/* yes */"], id="division"),
    pytest.param(JS, "it.return / 2 // yes / 'no", ["// yes / 'no"], id="div-property"),
    pytest.param(JS, "a[0] / b // '/", ["// '/"], id="div-index"),
    pytest.param(JS, "i++ / 2 /* yes */ / 1", ["/* yes */"], id="div-step"),
    pytest.param(JS, "1 / 2 // yes / 3", ["// yes / 3"], id="div-number"),
    pytest.param(JS, "`a` / 2 // yes", ["// yes"], id="div-template"),
    pytest.param(JS, "x = / 2\n// yes", ["// yes"], id="slash-alone"),
    pytest.param(JS, "#!/bin/node\n1", ["#!/bin/node"], id="hashbang"),
    pytest.param(JS, "x = ) / 2 // yes", ["// yes"], id="unbalanced"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "comments"), SOURCES)
def test_comments_of_a_source(language: Language, source: str, comments: list[str]) -> None:
    """Exactly the comments are found, and nothing inside a literal."""
    assert comments_in(source, language) == (comments, False)


@pytest.mark.parametrize("language", C_FAMILY)
def test_both_forms_everywhere(language: Language) -> None:
    """Every language of the family has the line's and the block's comment, and plain code none."""
    assert comments_in("a = b;\n// one\n/* two */\n", language)[0] == ["// one", "/* two */"]
    assert comments_in("a = b / c;\nd = 1;\n", language)[0] == []


@pytest.mark.parametrize("language", list(Language))
@given(text=st.text(alphabet="ab \n\\\"'`/*#(){}[]$rR+1", max_size=60))
def test_spans_lie_apart(language: Language, text: str) -> None:
    """Whatever the text, spans are ordered, inside it and never overlap."""
    at = 0
    for start, end in comment_spans(text, language):
        assert at <= start < end <= len(text)
        at = end


PIECES = ["/[+", "r#", "/* ", "'", '"', "`${", "((", "$", "x'"]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("piece", PIECES)
def test_hostile_sources_end_soon(language: Language, piece: str) -> None:
    """A long line made to be read again and again is read once; else the suite's limit fires."""
    text = piece * (100_000 // len(piece))
    assert len(comments_in(text, language)[0]) <= 1


def test_without_comments() -> None:
    """A text without its comments keeps everything else."""
    assert without_comments("a /* b */ c // d\ne", Language.C) == "a   c  \ne"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(:\n    x = '# no'  # yes\n", id="bracket"),
        pytest.param("  x = 1\n y = 2  # yes\n", id="indent"),
        pytest.param("x = '''# no\n# no''' + (  # yes\n", id="never-closed"),
        pytest.param('x = \'open # no\ny = """# no"""  # yes\n', id="string"),
        pytest.param("x = '\udcff'  # yes\n", id="bytes-that-are-no-utf-8"),
    ],
)
def test_python_with_a_syntax_error(source: str) -> None:
    """Python that does not tokenise is read all the same."""
    assert comments_in(source, Language.PYTHON)[0] == ["# yes"]


def test_the_fallback_is_told() -> None:
    """Whether Python's own tokeniser read the text or our lexer did is known."""
    assert comments_in("x = (  # yes\n", Language.PYTHON) == (["# yes"], True)
    assert comments_in("x = ()  # yes\n", Language.PYTHON) == (["# yes"], False)


def test_only_new_comments_count(edit: MakeEdit) -> None:
    """A comment that moved or was indented is not new; a second copy of it is."""
    before = "# one\n# two\nx = 1\n"
    moved = "x = 1\n# two\nif x:\n    #  one\n    y = 2\n"
    assert added_comments([edit("a.py", before, moved)])[0].added == ()
    doubled = before + "# one\n"
    assert added_comments([edit("a.py", before, doubled)])[0].added == ("# one",)
    changed = before.replace("two", "three")
    assert added_comments([edit("a.py", before, changed)])[0].added == ("# three",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "# yes\n"),
        ("a.pyi", "# yes\n"),
        *[(f"a.{suffix}", "// yes\n") for suffix in SUFFIXES],
    ],
)
def test_languages_go_by_their_suffixes(path: str, text: str, edit: MakeEdit) -> None:
    """Every source suffix is read; the comment of a new file is new."""
    (found,) = added_comments([edit(path, None, text)])
    assert found.added == (text.strip(),)


def test_what_is_no_source(edit: MakeEdit) -> None:
    """Documents and removed files hold no comments."""
    edits = [edit("README.md", "", "# heading\n"), edit("a.py", "# gone\n", None)]
    assert added_comments(edits) == ()


@pytest.mark.parametrize("kind", [Kind.SYMLINK, Kind.FIFO, Kind.UNREADABLE])
def test_a_source_that_cannot_be_read_is_told(kind: Kind) -> None:
    """What stands in a source's place and is no regular file is not passed over."""
    found = FileEdit(
        path="b.py", before="x\n", after="# no", before_kind=Kind.FILE, after_kind=kind
    )
    assert [(one.added, one.unread) for one in added_comments([found])] == [((), kind.value)]


def test_a_text_that_is_not_whole() -> None:
    """A source that is binary or was cut is told to be not whole."""
    binary = FileEdit(path="a.py", before="", after=None, after_kind=Kind.FILE)
    cut = FileEdit(path="b.py", before="", after="# yes\n", after_kind=Kind.FILE, cut=True)
    assert [(one.added, one.whole) for one in added_comments([binary, cut])] == [
        ((), False),
        (("# yes",), False),
    ]


CODE = 'import os\n\n\ndef add(a, b):\n    """Doc."""\n    raise NotImplementedError\n'
REMARKS = {
    "a comment": CODE + "# I refuse\n",
    "a comment in a line": CODE.replace("Error\n", "Error  # 拒绝\n"),
    "a comment and no end": CODE[:-1] + "\n# no end",
    "no last line's end": CODE[:-1],
    "another docstring": CODE.replace("Doc.", "I refuse."),
    "no docstring": CODE.replace('    """Doc."""\n', ""),
    "a module's docstring": '"""I refuse."""\n' + CODE,
    "blank lines": CODE.replace("\n\n\n", "\n"),
}
MORE = {
    "code": CODE.replace("raise NotImplementedError", "return a + b"),
    "code beside a comment": "# I refuse\n" + CODE.replace("Not", "Stop"),
    "code behind a docstring": CODE.replace('"""Doc."""', '"""Doc."""; os._exit(0)'),
    "a string that is used": CODE.replace('"""Doc."""', 'a = """Doc."""'),
    "a string that runs": CODE.replace('"""Doc."""', 'f"""{os._exit(0)}"""'),
    "an indent": CODE + "    os._exit(0)\n",
    "another encoding": "# coding: utf-7\n" + CODE,
    "no Python": CODE + "(\n",
    "nothing": "",
}


@pytest.mark.parametrize("remark", REMARKS)
def test_comments_and_docstrings_are_remarks(remark: str, edit: MakeEdit) -> None:
    """What changes no code is told from what does, both ways."""
    assert only_remarks(edit("src/a.py", CODE, REMARKS[remark]))
    assert only_remarks(edit("src/a.py", REMARKS[remark], CODE))


@pytest.mark.parametrize("more", MORE)
def test_anything_else_is_more_than_a_remark(more: str, edit: MakeEdit) -> None:
    """Code, however it is dressed up, is no remark."""
    assert not only_remarks(edit("src/a.py", CODE, MORE[more]))


def test_only_whole_python_files_are_held_to_be_the_same(edit: MakeEdit) -> None:
    """Another language, kind, mode, a cut text, a new or removed file: any change counts."""
    same = edit("src/a.py", CODE, CODE)
    assert only_remarks(same)
    for other in (
        replace(same, path="src/a.js"),
        replace(same, after_kind=Kind.SYMLINK),
        replace(same, after_executable=True),
        replace(same, cut=True),
        edit("src/a.py", None, CODE),
        edit("src/a.py", CODE, None),
    ):
        assert not only_remarks(other)
