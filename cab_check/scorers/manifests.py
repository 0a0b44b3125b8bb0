"""Which dependencies a manifest names, for six languages; versions are left out on purpose."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from typing import TYPE_CHECKING

from cab_check.scorers.lexer import Language, without_comments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Names = frozenset[str]

_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*")
_TABLES = frozenset(
    (
        *("dependencies", "dev-dependencies", "build-dependencies", "optional-dependencies"),
        *("dependency-groups", "requires"),
        *("devDependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"),
    )
)
_MOST_PYTHON_CHARS = 100_000
_SETUP_KEYS = frozenset(("install_requires", "setup_requires", "tests_require", "extras_require"))


def requirements_txt(text: str) -> Names:
    """Read pip's requirement lines; a line with an address or an include is a name of its own."""
    joined = text.replace("\\\n", " ")
    lines = (re.sub(r"(?:^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return frozenset(filter(None, map(_requirement_line, lines)))


def toml_tables(text: str) -> Names:
    """Read pyproject.toml and Cargo.toml."""
    return frozenset(_tables(tomllib.loads(text))) - {"python"}


def pipfile(text: str) -> Names:
    """Read a Pipfile: every table but those for sources, scripts and the interpreter."""
    tables = tomllib.loads(text).items()
    kept = (table for name, table in tables if name not in ("requires", "scripts", "pipenv"))
    return frozenset(name for table in kept if isinstance(table, dict) for name in _entries(table))


def gradle_catalogue(text: str) -> Names:
    """Read the aliases of Gradle's version catalogue."""
    return frozenset(_entries(tomllib.loads(text).get("libraries")))


def json_tables(text: str) -> Names:
    """Read package.json and vcpkg.json."""
    return frozenset(_tables(json.loads(text)))


def setup_cfg(text: str) -> Names:
    """Read the requirement keys of setup.cfg: a value goes on over the lines that are indented."""
    section = key = ""
    lines: list[str] = []
    for line in text.splitlines():
        value = line
        if line.startswith("["):
            section, key, value = line.strip("[] \t"), "", ""
        elif line[:1].strip() and line[0] not in "#;":
            key, _, value = line.partition("=")
        wanted = section == "options" and key.strip() in _SETUP_KEYS
        if wanted or section == "options.extras_require":
            lines.append(value.strip())
    return requirements_txt("\n".join(lines))


def setup_py(text: str) -> Names:
    """Read the requirement arguments of setup.py, as far as they are written out."""
    if len(text) > _MOST_PYTHON_CHARS:
        raise ValueError("too long for a tree of it to be built")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    lines = [
        part.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in _SETUP_KEYS
        for value in _written_out(node.value)
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return requirements_txt("\n".join(lines))


def go_mod(text: str) -> Names:
    """Read the required modules and tools of go.mod."""
    names: set[str] = set()
    inside = False
    for line in text.splitlines():
        words = line.split("//")[0].replace("(", " ( ").split()
        if words[:1] in (["require"], ["tool"]):
            words = words[1:]
            inside = words[:1] == ["("]
            names.update(() if inside else words[:1])
        elif words[:1] == [")"]:
            inside = False
        elif inside:
            names.update(words[:1])
    return frozenset(names)


def pom_xml(text: str) -> Names:
    """Read the dependencies of a Maven project, as group:artifact."""
    plain = re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)
    blocks = [one.partition("</dependency>")[0] for one in plain.split("<dependency>")[1:]]
    return frozenset(f"{_tag('groupId', one)}:{_tag('artifactId', one)}" for one in blocks)


def gradle(text: str) -> Names:
    """Read what a Gradle script names: coordinates as group:artifact, aliases, plugins."""
    plain = without_comments(text, Language.JAVASCRIPT)
    coordinates = re.findall(r"""["']([\w.-]+:[\w.-]+)(?::[^"']*)?["']""", plain)
    split = re.findall(
        r"""group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']""", plain
    )
    aliases = re.findall(r"\blibs\.[\w.]+", plain)
    plugins = re.findall(r"""\bid\s*\(?\s*["']([\w.-]+)["']\s*\)?\s+version\b""", plain)
    return frozenset((*coordinates, *map(":".join, split), *aliases, *plugins))


def c_build(text: str) -> Names:
    """Read what CMake or Meson is told to find or fetch."""
    plain = re.sub(r"#[^\n]*", "", text)
    calls = re.findall(
        r"\b(?:find_package|find_library|FetchContent_Declare|ExternalProject_Add|CPMAddPackage"
        r"|pkg_check_modules|dependency|subproject)\s*\(\s*(?:NAME\s+)?[\"']?([^\s\"'(),]+)",
        plain,
        re.IGNORECASE,
    )
    return frozenset(calls)


def conanfile_txt(text: str) -> Names:
    """Read the required packages of a conanfile."""
    wanted = False
    names: set[str] = set()
    for line in (line.split("#")[0].strip() for line in text.splitlines()):
        if line.startswith("["):
            wanted = line in ("[requires]", "[tool_requires]", "[build_requires]")
        elif wanted and line:
            names.add(line.split("/")[0])
    return frozenset(names)


def conanfile_py(text: str) -> Names:
    """Read the references `name/version` that a Conan recipe requires, as far as written out."""
    plain = without_comments(text, Language.PYTHON)
    values = re.findall(r"\b\w*requires\s*(?:=|\()([^=()]*)", plain)
    found = re.findall(r"""["']([\w.+-]+)/[^"'\s]+["']""", "\n".join(values))
    return frozenset(found)


def conda(text: str) -> Names:
    """Read the packages of a conda environment, those for pip included."""
    _, _, listed = text.partition("dependencies:")
    items = re.findall(
        r"^\s*-\s+[\"']?(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)(?!\S*:\s*$)", listed, re.MULTILINE
    )
    return frozenset(map(_normal, items))


def any_lines(text: str) -> Names:
    """Read a manifest that does not parse: the first name on each line, versions left out."""
    plain = (re.sub(r"^\s*(?:#|//).*", "", line) for line in text.splitlines())
    found = (re.search(r"[A-Za-z@][\w.@/:-]*", line) for line in plain)
    return frozenset(one.group() for one in found if one)


MANIFESTS: tuple[tuple[str, Callable[[str], Names]], ...] = (
    (r"(?:.*/)?(?:requirements[^/]*|[^/]*-requirements|requirements/[^/]+)\.(?:txt|in)",
     requirements_txt),
    (r"(?:.*/)?(?:pyproject|Cargo)\.toml", toml_tables),
    (r"(?:.*/)?Pipfile", pipfile),
    (r"(?:.*/)?[^/]+\.versions\.toml", gradle_catalogue),
    (r"(?:.*/)?(?:package|vcpkg)\.json", json_tables),
    (r"(?:.*/)?setup\.cfg", setup_cfg),
    (r"(?:.*/)?setup\.py", setup_py),
    (r"(?:.*/)?go\.mod", go_mod),
    (r"(?:.*/)?pom\.xml", pom_xml),
    (r"(?:.*/)?[^/]+\.gradle(?:\.kts)?", gradle),
    (r"(?:.*/)?(?:CMakeLists\.txt|meson\.build)", c_build),
    (r"(?:.*/)?conanfile\.txt", conanfile_txt),
    (r"(?:.*/)?conanfile\.py", conanfile_py),
    (r"(?:.*/)?environment\.ya?ml", conda),
)  # fmt: skip


def _requirement_line(line: str) -> str:
    egg = re.search(r"[#&]egg=([\w.-]+)", line)
    if egg:
        return _normal(egg.group(1))
    if line.startswith("-"):
        # an include or an editable install pulls something in, any other option does not
        return line if re.match(r"-(?:r|e|-requirement|-editable)\b", line) else ""
    name = _REQUIREMENT.match(line)
    return _normal(name.group()) if name else line


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _tables(value: object) -> Iterator[str]:
    """Go through a document for tables of dependencies, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _TABLES:
                yield from _entries(inner)
            else:
                yield from _tables(inner)


def _entries(table: object) -> Iterator[str]:
    """Name the dependencies of one table or list; a list under a key is a group of them."""
    if isinstance(table, list):
        yield from _listed(table)
    elif isinstance(table, dict):
        for name, value in table.items():
            # poetry lists tables under a dependency's name; groups hold at least one text
            group = isinstance(value, list) and not all(isinstance(one, dict) for one in value)
            yield from _listed(value) if group or value == [] else (_normal(name),)


def _listed(items: Iterable[object]) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield _requirement_line(item)
        elif isinstance(item, dict) and isinstance(item.get("name"), str):
            yield _normal(str(item["name"]))


def _written_out(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return the expressions that hold requirements: the values of a dictionary, not its keys."""
    return tuple(node.values) if isinstance(node, ast.Dict) else (node,)


def _tag(name: str, block: str) -> str:
    found = re.search(rf"<{name}>\s*([^<\s]+)\s*</{name}>", block)
    return found.group(1) if found else "?"
