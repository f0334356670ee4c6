"""Manifests of runs: written whole, read strictly."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.store.manifest import (
    FileRecord,
    Manifest,
    RunStatus,
    SampleRecord,
    VariantRecord,
    git_sha,
    package_versions,
    read_manifest,
    write_manifest,
)


def manifest(status: RunStatus = RunStatus.RUNNING) -> Manifest:
    agent = FileRecord(path="agents/a.md", sha="1" * 64)
    return Manifest(
        id="2026-01-02T030405",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        status=status,
        suite=(FileRecord(path="datasets/a.yaml", sha="2" * 64),),
        agent=agent,
        variants=(VariantRecord(name="base", agent=agent),),
        model_asked="local:smollm2",
        samples=(SampleRecord(case="c", variant="base", trial=1, request_sha="3" * 64),),
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest())
    assert read_manifest(tmp_path) == manifest()


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    assert read_manifest(write_manifest(tmp_path, manifest())) == manifest()


def test_equal_manifests_are_equal_files(tmp_path: Path) -> None:
    one, two = write_manifest(tmp_path / "1", manifest()), write_manifest(tmp_path / "2", manifest())
    assert one.read_bytes() == two.read_bytes()


def test_a_new_status_replaces_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest())
    write_manifest(tmp_path, manifest(RunStatus.COMPLETE))
    assert (read_manifest(tmp_path).status, len(list(tmp_path.iterdir()))) == (RunStatus.COMPLETE, 1)


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name the folder of a run"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(("text", "words"), [("{", "the file"), ("[]", "the file"), ('{"id": 3}', "id")])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=f"{words}.*not a manifest"):
        read_manifest(tmp_path)


def test_the_format_of_another_release_is_named(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, manifest())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(InputError, match="format 99"):
        read_manifest(tmp_path)


def test_package_versions_name_this_package() -> None:
    assert {"agentfile-harness", "anthropic", "sqlglot"} <= package_versions().keys()


def test_outside_git_there_is_no_commit(tmp_path: Path) -> None:
    assert git_sha(tmp_path) == ""


def test_before_the_first_commit_there_is_none(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert git_sha(tmp_path) == ""


def test_the_commit_of_the_project_is_found(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    head = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert git_sha(tmp_path) == head
