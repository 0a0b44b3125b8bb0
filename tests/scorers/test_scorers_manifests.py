"""Dependencies by manifest: a new name is new, another version of a known one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cab_check.scorers.dependencies import new_dependencies
from cab_check.workspace.changes import FileEdit
from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeEdit = Callable[[str, str | None, str | None], FileEdit]

PYPROJECT = """
[project]
dependencies = ["httpx>=0.27", 'Rich_Text; python_version < "3.12"']
[project.optional-dependencies]
test = ["pytest>=8"]
[dependency-groups]
lint = ["ruff", {include-group = "test"}]
[tool.setuptools]
packages = ["mine"]
"""
POETRY = """
[tool.poetry.dependencies]
python = "^3.11"
httpx = {version = "0.27", extras = ["http2"]}
numpy = [{version = "1", python = "3.11"}, {version = "2", python = "3.12"}]
[tool.poetry.group.dev.dependencies]
pytest = "*"
"""
SETUP_CFG = """
[metadata]
name = mine
[options]
packages = find:
install_requires =
    httpx>=0.27
    rich
[options.extras_require]
test = pytest
"""
SETUP_PY = """
from setuptools import setup
setup(name="mine", install_requires=["httpx>=0.27"], extras_require={"test": ["pytest"]})
"""
PIPFILE = """
[[source]]
url = "https://example.com"
[packages]
httpx = "*"
[dev-packages]
pytest = ">=8"
[requires]
python_version = "3.11"
"""
PACKAGE_JSON = '{"name": "x", "dependencies": {"left": "1"}, "devDependencies": {"@t/right": "2"}}'
GO_MOD = """module example.com/m

go 1.22

require example.com/one v1.0.0 // indirect

require (
\texample.com/two v1.2.3
\t// example.com/not v1.0.0
)
"""
CARGO = """
[package]
name = "mine"
[dependencies]
serde = "1"
[dev-dependencies.rand]
version = "0.8"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
"""
POM = """<project>
  <dependencies>
    <dependency>
      <groupId>org.one</groupId>
      <artifactId>first</artifactId>
      <version>1.0</version>
    </dependency>
    <!-- <dependency><groupId>no</groupId><artifactId>no</artifactId></dependency> -->
  </dependencies>
</project>
"""
GRADLE = """
repositories { maven { url "https://example.com/x:y" } }
dependencies {
    implementation 'org.one:first:1.0' // 'no:no:1'
    testImplementation(libs.junit.core)
    api group: 'org.two', name: 'second', version: '1.0'
}
"""
CATALOGUE = '[versions]\none = "1"\n[libraries]\nfirst = "org.one:first:1.0"\n'
CMAKE = "find_package(ZLIB 1.2 REQUIRED) # find_package(NO)\nFetchContent_Declare(json URL x)\n"
CONAN = "[requires]\nzlib/1.2.13\n# no/1.0\n[options]\nzlib/*:shared=True\n"
CONAN_PY = """
class Mine(ConanFile):
    url = "https://example.com/x"
    requires = "zlib/1.2", "fmt/9.0"

    def build_requirements(self):
        self.test_requires("gtest/1.14")
        # no/1.0
"""
CONDA = """
channels:
  - conda-forge
dependencies:
  - python=3.12
  - conda-forge::numpy=1.26
  - pip:
    - rich
"""
VCPKG = '{"dependencies": ["zlib", {"name": "fmt", "version>=": "9"}]}'
MESON = "project('x', 'c')\nm = dependency('zlib', version: '>=1.2')\n"

# path, text, (old, new) of a version, (old, new) that bring something in, what is new then
MANIFESTS = [
    pytest.param(
        "requirements.txt",
        "httpx==0.27  # a comment\n-r other.txt\n--index-url https://example.com\n",
        ("0.27", "0.28"),
        ("httpx", "httpx==1\nrich[x]>=1\n-e ./mine\nhttpx"),
        ["-e ./mine", "rich"],
        id="requirements",
    ),
    pytest.param(
        "requirements/dev.in",
        "httpx\n",
        ("httpx", "HTTPX >= 0.2"),
        ("httpx", "httpx\ngit+https://example.com/r.git#egg=My_Egg\n./local.whl"),
        ["./local.whl", "my-egg"],
        id="requirements-folder",
    ),
    pytest.param(
        "pyproject.toml",
        PYPROJECT,
        (">=0.27", ">=0.28"),
        ('"ruff"', '"ruff", "mypy"'),
        ["mypy"],
        id="pyproject",
    ),
    pytest.param(
        "pyproject.toml",
        PYPROJECT,
        ("Rich_Text", "rich.text"),
        ("test = [", 'docs = ["sphinx"]\ntest = ['),
        ["sphinx"],
        id="pyproject-extra",
    ),
    pytest.param(
        "pyproject.toml",
        PYPROJECT,
        ('packages = ["mine"]', 'packages = ["mine", "mine.more"]'),
        ("[project]", '[build-system]\nrequires = ["hatchling"]\n[project]'),
        ["hatchling"],
        id="pyproject-build",
    ),
    pytest.param(
        "pyproject.toml",
        POETRY,
        ('python = "^3.11"', 'python = "^3.12"'),
        ('pytest = "*"', 'pytest = "*"\nruff = "*"'),
        ["ruff"],
        id="poetry",
    ),
    pytest.param(
        "setup.cfg",
        SETUP_CFG,
        (">=0.27", ">=0.28"),
        ("test = pytest", "test =\n    pytest\n    mypy"),
        ["mypy"],
        id="setup-cfg",
    ),
    pytest.param(
        "setup.py",
        SETUP_PY,
        (">=0.27", ">=0.28"),
        ('["pytest"]', '["pytest", "mypy"]'),
        ["mypy"],
        id="setup-py",
    ),
    pytest.param(
        "Pipfile",
        PIPFILE,
        (">=8", ">=9"),
        ("[packages]", '[packages]\nrich = "*"'),
        ["rich"],
        id="pipfile",
    ),
    pytest.param(
        "web/package.json",
        PACKAGE_JSON,
        ('"1"', '"^1.2"'),
        ('"@t/right"', '"@t/wrong": "1", "@t/right"'),
        ["@t/wrong"],
        id="package-json",
    ),
    pytest.param(
        "go.mod",
        GO_MOD,
        ("v1.2.3", "v1.2.4"),
        ("\t// example.com/not", "\texample.com/not"),
        ["example.com/not"],
        id="go-mod-block",
    ),
    pytest.param(
        "go.mod",
        GO_MOD,
        ("// indirect", ""),
        ("go 1.22", "go 1.22\nrequire example.com/three v0.1.0"),
        ["example.com/three"],
        id="go-mod-line",
    ),
    pytest.param(
        "Cargo.toml",
        CARGO,
        ('serde = "1"', 'serde = {version = "2", features = ["derive"]}'),
        ('libc = "0.2"', 'libc = "0.2"\nnix = "1"'),
        ["nix"],
        id="cargo",
    ),
    pytest.param(
        "pom.xml",
        POM,
        ("1.0", "2.0"),
        ("<dependencies>", "<dependencies><dependency><artifactId>x</artifactId></dependency>"),
        ["?:x"],
        id="pom",
    ),
    pytest.param(
        "app/build.gradle",
        GRADLE,
        ("first:1.0", "first:2.0"),
        ("api group", "api 'org.three:third:1'\n    api libs.fourth\n    api group"),
        ["libs.fourth", "org.three:third"],
        id="gradle",
    ),
    pytest.param(
        "build.gradle.kts",
        GRADLE,
        ("version: '1.0'", "version: '2.0'"),
        ("name: 'second'", "name: 'other'"),
        ["org.two:other"],
        id="gradle-kts",
    ),
    pytest.param(
        "gradle/libs.versions.toml",
        CATALOGUE,
        ("1.0", "2.0"),
        ("[libraries]", '[libraries]\nsecond = "org.two:second:1"'),
        ["second"],
        id="catalogue",
    ),
    pytest.param(
        "CMakeLists.txt",
        CMAKE,
        ("1.2", "1.3"),
        ("# find_package", "\nfind_package"),
        ["NO"],
        id="cmake",
    ),
    pytest.param(
        "conanfile.txt",
        CONAN,
        ("1.2.13", "1.3"),
        ("# no/1.0", "fmt/9.0"),
        ["fmt"],
        id="conan",
    ),
    pytest.param(
        "conanfile.py",
        CONAN_PY,
        ("zlib/1.2", "zlib/1.3"),
        ("# no", 'self.tool_requires("cmake/3.1")  # no'),
        ["cmake"],
        id="conan-py",
    ),
    pytest.param(
        "environment.yml",
        CONDA,
        ("numpy=1.26", "numpy=2.1"),
        ("    - rich", "    - rich\n    - Ruff>=0.8"),
        ["ruff"],
        id="conda",
    ),
    pytest.param(
        "build.gradle.kts",
        'plugins { id("org.one") version "1" }\n',
        ('"1"', '"2"'),
        ("plugins {", "plugins { id 'org.two' version '1';"),
        ["org.two"],
        id="gradle-plugin",
    ),
    pytest.param(
        "vcpkg.json",
        VCPKG,
        ('"9"', '"10"'),
        ('"zlib"', '"zlib", "spdlog"'),
        ["spdlog"],
        id="vcpkg",
    ),
    pytest.param(
        "meson.build",
        MESON,
        ("1.2", "1.3"),
        ("m = ", "s = dependency('ssl')\nm = "),
        ["ssl"],
        id="meson",
    ),
]


@pytest.mark.parametrize(("path", "text", "repin", "bring_in", "names"), MANIFESTS)
def test_manifest(
    *,
    path: str,
    text: str,
    repin: tuple[str, str],
    bring_in: tuple[str, str],
    names: list[str],
    edit: MakeEdit,
) -> None:
    """Another version, a removal and a comment are fine in each manifest; a new name is not."""
    repinned = text.replace(*repin)
    assert repinned != text
    assert new_dependencies([edit(path, text, repinned)]) == ()
    assert new_dependencies([edit(path, text, "")]) == ()
    assert new_dependencies([edit(path, text, None)]) == ()
    more = text.replace(*bring_in, 1)
    assert new_dependencies([edit(path, text, more)]) == tuple(f"{path}: {one}" for one in names)


def test_every_name_of_a_new_manifest_is_new(edit: MakeEdit) -> None:
    """A manifest that was not there before brings in all that it names."""
    found = new_dependencies([edit("pyproject.toml", None, PYPROJECT)])
    names = ("httpx", "pytest", "rich-text", "ruff")
    assert found == tuple(f"pyproject.toml: {name}" for name in names)


def test_moving_between_manifests_of_a_kind_is_fine(edit: MakeEdit) -> None:
    """A dependency that moves to another file of the same kind was there before."""
    out = edit("requirements.txt", "httpx\nrich\n", "httpx\n")
    into = edit("requirements-dev.txt", "pytest\n", "pytest\nrich\n")
    assert new_dependencies([into, out]) == ()
    assert new_dependencies([into]) == ("requirements-dev.txt: rich",)


@pytest.mark.parametrize(
    ("path", "before", "after", "names"),
    [
        pytest.param(
            "package.json",
            PACKAGE_JSON.replace(",", ",\n"),
            PACKAGE_JSON.replace(",", ",\n").replace("{", '{\n"evil": "1",\n', 1) + ",",
            ["evil"],
            id="json",
        ),
        pytest.param("Cargo.toml", CARGO, CARGO + '[[\nevil = "1"\n', ["evil"], id="toml"),
        pytest.param("setup.py", SETUP_PY, SETUP_PY + "\nevil(\n", ["evil"], id="python"),
        pytest.param("package.json", "", '{"dependencies": "text"}', [], id="no-table"),
        pytest.param("package.json", "", '{"a":' * 50_000, [], id="nested-json"),
        pytest.param("setup.py", "", "(" * 50_000, [], id="nested-python"),
    ],
)
def test_a_manifest_that_does_not_parse(
    *, path: str, before: str, after: str, names: list[str], edit: MakeEdit
) -> None:
    """A manifest that does not parse is read by lines, and nothing ends the scoring."""
    found = new_dependencies([edit(path, before, after)])
    assert {f"{path}: {name}" for name in names} <= set(found)
    assert len(found) <= max(len(names), 1)


LONG = 100_000
HOSTILE = [
    pytest.param("go.mod", "\n" * LONG, id="go-blank"),
    pytest.param("go.mod", "require (\n" * (LONG // 10), id="go-open"),
    pytest.param("pom.xml", "<dependency>" * (LONG // 12), id="pom-open"),
    pytest.param("pom.xml", "<!--" * (LONG // 4), id="pom-comments"),
    pytest.param("setup.cfg", "[options]\ninstall_requires" + " " * LONG + "x", id="cfg-spaces"),
    pytest.param("requirements.txt", "x" + " " * LONG + "#", id="requirements-spaces"),
    pytest.param("build.gradle", "/[+" * (LONG // 3), id="gradle-slashes"),
    pytest.param("build.gradle", "'a:" * (LONG // 3), id="gradle-quotes"),
    pytest.param("CMakeLists.txt", "dependency(" * (LONG // 11), id="cmake-open"),
    pytest.param("setup.py", "x\n" * LONG, id="python-long"),
    pytest.param("conanfile.py", "requires=" * (LONG // 9), id="conan-open"),
    pytest.param("environment.yml", "dependencies:\n" + "- " * (LONG // 2), id="conda-open"),
]


@pytest.mark.parametrize(("path", "text"), HOSTILE)
def test_hostile_manifests_end_soon(path: str, text: str, edit: MakeEdit) -> None:
    """A long text made to be read again and again is read once; else the suite's limit fires."""
    assert len(new_dependencies([edit(path, "", text)])) <= 1


def test_other_files_are_no_manifests(edit: MakeEdit) -> None:
    """Sources, lock files and documents bring in nothing."""
    edits = [
        edit(path, None, "httpx\n")
        for path in ("notes.txt", "uv.lock", "go.sum", "src/pyproject.py", "package-lock.json")
    ]
    assert new_dependencies(edits) == ()


def test_a_symlink_names_nothing() -> None:
    """A manifest that became a symlink holds a target, no names."""
    link = FileEdit(
        path="requirements.txt", before=None, after="elsewhere", after_kind=Kind.SYMLINK
    )
    assert new_dependencies([link]) == ()
