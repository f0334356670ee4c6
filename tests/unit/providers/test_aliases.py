"""The model that an agent file names for itself."""

from __future__ import annotations

import pytest

from harness.core.errors import ConfigurationError
from harness.providers.aliases import INHERIT, aliases, inherited_model
from harness.providers.registry import default_parameters


@pytest.mark.parametrize("name", sorted(aliases()[0]))
def test_a_short_name_stands_for_a_whole_one_of_its_family(name: str) -> None:
    assert inherited_model(name, "a.md").startswith(f"anthropic:claude-{name}-")


@pytest.mark.parametrize("named", ["claude-opus-4-8", " Claude-Opus-4-8 ", "claude-opus-4-8[1m]"])
def test_a_whole_name_is_taken_as_it_is(named: str) -> None:
    assert inherited_model(named, "a.md") == "anthropic:claude-opus-4-8"


@pytest.mark.parametrize("named", ["", "inherit"])
def test_an_agent_without_a_model_is_named_with_a_remedy(named: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.md: names no model of its own.*--model"):
        inherited_model(named, "a.md")


def test_an_unknown_name_is_refused_with_what_is_known() -> None:
    with pytest.raises(ConfigurationError, match=r"'gpt-9' is no alias that is known \(.*sonnet; as of 20"):
        inherited_model("gpt-9", "a.md")


def test_where_no_agent_is_at_hand_the_word_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="stands for the model of an agent file"):
        default_parameters(INHERIT)
