"""CI installs the harness from where this one came."""

from __future__ import annotations

import json

import pytest

from harness.pipeline.installed import requirement_of

GIT = {"url": "https://example.org/a/b.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}


@pytest.mark.parametrize(
    ("noted", "requirement"),
    [
        (None, "agentfile-harness==1.2"),
        (GIT, "agentfile-harness @ git+https://example.org/a/b.git@c0ffee"),
        (
            {"url": "https://example.org/x.whl", "archive_info": {}},
            "agentfile-harness @ https://example.org/x.whl",
        ),
        ({"url": "file:///home/me/clone", "dir_info": {"editable": True}}, "agentfile-harness==1.2"),
    ],
)
def test_the_requirement_leads_to_the_same_place(noted: object, requirement: str) -> None:
    assert requirement_of("1.2", json.dumps(noted) if noted else None).requirement == requirement


@pytest.mark.parametrize(("noted", "told"), [(None, False), (GIT, False), ({"url": "file:///clone"}, True)])
def test_only_what_no_other_machine_can_reach_is_told(noted: object, told: bool) -> None:
    note = requirement_of("1.2", json.dumps(noted) if noted else None).note
    assert bool(note) is told
