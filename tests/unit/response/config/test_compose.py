"""Compose files: services, ports, variables."""

from __future__ import annotations

import pytest

from harness.response.config.compose import ComposeFile, Service
from harness.response.parse import parse_response


def compose(text: str) -> ComposeFile:
    found = parse_response(f"```yaml\n{text}\n```\n").config.compose
    assert len(found) == 1
    return found[0]


def service(text: str) -> Service:
    return compose(f"services:\n  one:\n    image: x\n{text}").services[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"80:8080"', ("", "80", "8080", "tcp")),
        ('"3000"', ("", "", "3000", "tcp")),
        ("53:53/udp", ("", "53", "53", "udp")),
        ('"127.0.0.1:5432:5432"', ("127.0.0.1", "5432", "5432", "tcp")),
        ('"127.0.0.1::80"', ("127.0.0.1", "", "80", "tcp")),
        ('"[::1]:80:80"', ("[::1]", "80", "80", "tcp")),
        ('"3000-3005:3000-3005"', ("", "3000-3005", "3000-3005", "tcp")),
        ('"${PORT:-80}:80"', ("", "${PORT:-80}", "80", "tcp")),
        ("{target: 80, published: 8080, protocol: udp}", ("", "8080", "80", "udp")),
    ],
)
def test_ports_in_each_form(written: str, read: tuple[str, str, str, str]) -> None:
    """Short and long syntax mean the same."""
    port = service(f"    ports:\n      - {written}\n").ports[0]
    assert (port.host, port.published, port.target, port.protocol) == read


def test_a_port_that_looks_like_base_sixty_stays_a_text() -> None:
    """YAML 1.1 would make 1342 of 22:22."""
    assert service("    ports: [22:22]\n").ports[0].published == "22"


def test_environment_in_both_forms() -> None:
    """A mapping and a list."""
    first = service("    environment: {A: b}\n").environment[0]
    second = service("    environment: [A=b]\n").environment[0]
    assert (first.path, first.value) == (second.path, second.value)


def test_merged_services_have_what_they_merge() -> None:
    """Anchors are a way to share."""
    text = "x-b: &b {image: y, env_file: .env}\nservices:\n  one:\n    <<: *b\n    ports: ['1:1']"
    assert (compose(text).services[0].image, compose(text).services[0].env_files) == ("y", (".env",))


def test_a_fragment_has_services_without_the_key() -> None:
    """An addition is shown as it goes below ``services:``."""
    fragment = compose("redis:\n  image: redis:7\n  ports: ['6379:6379']")
    assert (fragment.fragment, [one.name for one in fragment.services]) == (True, ["redis"])


@pytest.mark.parametrize(
    "text",
    [
        "jobs:\n  test:\n    services:\n      db: {image: postgres}",
        "services:\n  App\\Mailer:\n    arguments: ['x']",
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}",
        "image: node:20\ntest:\n  script: [npm test]",
        "openapi: 3.1.0\npaths: {}",
    ],
)
def test_other_yaml_is_no_compose(text: str) -> None:
    """Not every ``services`` and every ``image`` is."""
    assert parse_response(f"```yaml\n{text}\n```\n").config.compose == ()
