"""The files of a new project that are not datasets: ``harness.toml``, the workflow of CI, ``.gitignore``."""

from __future__ import annotations

import json
import shlex

__all__ = ["IGNORE", "config_text", "workflow_text"]

IGNORE = ".harness/\nreports/*\n!reports/baselines/\n!reports/calibrations/\n"
"""What git should not keep: stored answers and run folders; baselines and calibrations are reviewed."""

_CONFIG = """\
# Defaults of the harness in this repository; docs/configuration.md of agentfile-harness lists every key.
agents = {agents}

[run]
model = {model}
trials = 3           # each case is asked so often: an answer is luck, a rate is not
# max_cost = 5.00    # US dollars one run may spend

[gate]
margin = 0.02        # smaller changes count as none
# critical = ["the-id-of-a-rule"]   # must be exercised; `harness rules AGENT` shows the ids
"""

_WORKFLOW = """\
# Asks the old and the new text of every agent that a pull request changes, and says what the change broke.
name: agent gate
on: pull_request
permissions: {{ contents: read }}
jobs:
  agents:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{ fetch-depth: 0 }}   # the gate compares with the commit the pull request starts from
      - uses: actions/setup-python@v5
        with: {{ python-version: "3.12" }}
      # Answers that were paid for are kept: a second push asks only what changed.
      - uses: actions/cache@v4
        with:
          path: .harness
          key: harness-answers-${{{{ github.ref }}}}-${{{{ github.run_id }}}}
          restore-keys: |
            harness-answers-${{{{ github.ref }}}}-
            harness-answers-
      - run: python -m pip install --quiet {requirement}
      # A pull request from a fork has no secrets: the gate then names the missing variable and ends red.
      - run: >-
          harness gate --changed-since "$BASE" --against "git:$BASE"
          --junit gate.junit.xml --markdown gate.md
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
          ANTHROPIC_API_KEY: ${{{{ secrets.ANTHROPIC_API_KEY }}}}
      - if: ${{{{ !cancelled() }}}}
        uses: actions/upload-artifact@v4
        with:
          name: agent-gate
          path: |
            reports
            gate.*
"""


def config_text(agents: str, model: str) -> str:
    """Return a ``harness.toml``.

    Args:
        agents: the folder of the agent files, relative to the project, with forward slashes.
        model: who answers, ``provider:name``.
    """
    return _CONFIG.format(agents=_quoted(agents), model=_quoted(model))


def workflow_text(requirement: str) -> str:
    """Return a GitHub workflow that gates every pull request, with what pip installs the harness by."""
    return _WORKFLOW.format(requirement=shlex.quote(requirement))


def _quoted(text: str) -> str:
    # A basic string of TOML knows the escapes of JSON; DEL is the one character only TOML forbids.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
