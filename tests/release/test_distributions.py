"""What a release holds: all data of the package, the tests, true metadata; an installed copy works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import harness

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ADVICE = re.compile(r"pip install '?agentfile-harness\[([\w,-]+)\]")


@pytest.fixture(scope="module")
def in_wheel(distributions) -> set[str]:
    with zipfile.ZipFile(distributions.wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def in_sdist(distributions) -> set[str]:
    with tarfile.open(distributions.sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def metadata(distributions) -> Message:
    with zipfile.ZipFile(distributions.wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def files_under(*folders: str) -> set[str]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    files = (path.relative_to(ROOT) for path in found if path.is_file() and path.suffix != ".pyc")
    return {path.as_posix() for path in files if not {".hypothesis", "__pycache__"} & set(path.parts)}


def test_the_wheel_holds_every_file_of_the_package(in_wheel):
    """Templates, examples, snapshots of data and word lists are read at run time."""
    assert files_under("harness") - in_wheel == set()


def test_the_wheel_holds_nothing_but_the_package(in_wheel):
    """Tests or datasets in site-packages would meet those of others."""
    assert {name.partition("/")[0] for name in in_wheel if ".dist-info/" not in name} == {"harness"}


def test_the_sdist_holds_what_the_tests_read(in_sdist):
    """Whoever packages it can run them."""
    folders = files_under("harness", "tests", "agents", "datasets", "docs", "benchmarks", ".ci")
    assert folders - in_sdist == set()


@pytest.mark.parametrize(
    "name",
    [
        *("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "PKG-INFO"),
        *("Makefile", "action.yml", "harness.toml", "pyproject.toml"),
    ],
)
def test_the_sdist_holds_the_file(in_sdist, name):
    """Each is named by a document, a test or a law."""
    assert name in in_sdist


def test_the_licence_is_in_the_wheel(in_wheel):
    """It has to travel with every copy."""
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in in_wheel)


def test_the_version_is_the_package_s(metadata):
    """It stands in one place and is semantic."""
    assert (metadata["Version"], bool(re.fullmatch(r"\d+\.\d+\.\d+", harness.__version__))) == (
        harness.__version__,
        True,
    )


def test_the_classifiers_are_the_versions_that_are_accepted(metadata):
    """3.11 to 3.13 are tested; requires-python lets no older one in."""
    named = [
        text.rpartition(" ")[2] for text in metadata.get_all("Classifier") if re.search(r":: 3\.\d", text)
    ]
    accepted = SpecifierSet(metadata["Requires-Python"])
    assert (named, "3.10" in accepted) == (["3.11", "3.12", "3.13"], False)


def test_no_address_is_named_that_does_not_exist(metadata):
    """There is no home page yet; an invented one would be somebody else's."""
    assert metadata.get_all("Project-URL") is None


def test_every_extra_that_a_message_names_can_be_installed(metadata):
    """A remedy that pip refuses is none."""
    texts = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in files_under("harness", "docs")
        if name.endswith((".py", ".md"))
    ]
    named = {extra for text in texts for group in ADVICE.findall(text) for extra in group.split(",")}
    assert named - set(metadata.get_all("Provides-Extra")) == set()


def test_every_dependency_says_from_when_on(metadata):
    """A release that installs beside an old package fails at the user's."""
    unbounded = [text for text in PROJECT["dependencies"] if not Requirement(text).specifier]
    assert unbounded == []


def test_the_changelog_tells_of_this_version():
    """Keep a Changelog: what is not released yet comes first, each version has a date and groups."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    released = [f"[{harness.__version__}] - " in heading for heading in headings]
    assert headings[0] == "[Unreleased]" or any(released)


def test_the_groups_of_the_changelog_are_the_usual_ones():
    """Added, Changed, Deprecated, Removed, Fixed, Security."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    groups = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert groups - {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"} == set()


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory) -> Path:
    """The wheel in a folder of its own; its dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    subprocess.run([*pip, str(distributions.wheel)], check=True, capture_output=True)
    return folder


def run_installed(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_installed_copy_is_the_one_that_runs(installed, tmp_path):
    """Otherwise the tests below would try the source tree."""
    done = run_installed(installed, tmp_path, "-c", "import harness; print(harness.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An agent of this repository and one hand-written answer."""
    golden = tmp_path / "datasets" / "backend-architect" / "golden"
    golden.mkdir(parents=True)
    answer = min((ROOT / golden.relative_to(tmp_path)).glob("*.md"))
    shutil.copy(answer, golden / answer.name)
    shutil.copytree(ROOT / "agents", tmp_path / "agents")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "agents/backend-architect.md"),
        ("run", "datasets/backend-architect/golden"),
        ("route", "--agents", "agents", "--overlap"),
        ("init", "agents"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_of_the_installed_copy_runs(installed, project, arguments):
    """Each reads other data of the package: phrases, templates of reports, word lists, starter messages."""
    done = run_installed(installed, project, "-m", "harness", *arguments)
    assert done.returncode == 0, done.stderr
