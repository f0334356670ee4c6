"""The way in: who is let in, and from where something may be changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from viewer_example import GOLDEN_SET, REASONING, Visitor

from harness.viewer.guard import LONGEST_BODY, Door


def stranger(visitor: Visitor, **more: str) -> TestClient:
    return TestClient(visitor.app, base_url=more.get("base", "http://127.0.0.1:8000"))


PAGES = ["/", "/label", "/drafts", "/compare", "/disagreements", "/static/viewer.css", "/runs/x/report"]


@pytest.mark.parametrize("path", PAGES)
def test_without_the_link_nothing_is_shown(visitor: Visitor, path: str) -> None:
    """Not even a style sheet."""
    assert stranger(visitor).get(path).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "wrong" * 20, "\udcff".encode("utf-8", "surrogateescape").hex()])
def test_a_wrong_token_lets_nobody_in(visitor: Visitor, token: str) -> None:
    """Neither empty nor guessed."""
    assert stranger(visitor).get("/", params={"token": token}).status_code == 403


def test_the_link_gives_a_cookie_for_this_site_alone(visitor: Visitor) -> None:
    """No script reads it, no other site's request carries it."""
    told = stranger(visitor).get(visitor.door.url).headers["set-cookie"].lower()
    assert all(word in told for word in ("httponly", "samesite=strict", "path=/"))


def test_the_cookie_is_not_the_token(visitor: Visitor) -> None:
    """Who reads the link in a shell's history has no session, and the other way round."""
    assert visitor.door.token != visitor.door.cookie


def test_the_link_leads_on_from_a_page_of_its_own(visitor: Visitor) -> None:
    """After a redirect, a browser that came from another site would not send the cookie."""
    answer = stranger(visitor).get(visitor.door.url)
    assert (answer.status_code, 'http-equiv="refresh"' in answer.text) == (200, True)


def test_secrets_stay_out_of_what_is_logged() -> None:
    """A door in a traceback shows its port."""
    assert repr(Door(1)) == "Door(port=1)"


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1:9", "127.0.0.1", "localhost.evil:8000", ""])
def test_another_host_name_is_refused(visitor: Visitor, host: str) -> None:
    """A name that somebody points at this machine is not ours, even with the cookie."""
    assert visitor.client.get("/", headers={"host": host}).status_code == 421


def test_the_other_name_of_this_machine_is_ours(visitor: Visitor) -> None:
    """Localhost with the cookie is as good."""
    assert visitor.client.get("/", headers={"host": "localhost:8000"}).status_code == 200


CHANGE = {"set": GOLDEN_SET, "annotator": "eve", "rule": REASONING, "seed": "0"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8000"},
        {"origin": "https://127.0.0.1:8000"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_change_from_elsewhere_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    """Another site's page, a page without an origin, a plain form."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    answer = visitor.post("/api/label", {**CHANGE, "item": item, "label": "pass", "before": ""}, **headers)
    assert (answer.status_code, Path("datasets/tester/golden/eve.labels.yaml").exists()) == (403, False)


def test_a_change_without_an_origin_is_refused(visitor: Visitor) -> None:
    """Browsers always send it with a change."""
    assert visitor.client.post("/api/label", json=CHANGE).status_code == 403


def test_a_change_does_not_come_by_a_link(visitor: Visitor) -> None:
    """An address alone changes nothing."""
    assert visitor.client.get("/api/label").status_code == 405


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_unknown(visitor: Visitor, method: str) -> None:
    """No preflight is ever answered."""
    assert visitor.client.request(method, "/").status_code == 405


def test_a_long_body_is_refused(visitor: Visitor) -> None:
    """Before it is read to its end."""
    assert visitor.post("/api/label", {"note": "x" * LONGEST_BODY}).status_code == 413


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null"])
def test_what_is_no_object_is_told(visitor: Visitor, body: str) -> None:
    """One line, no traceback."""
    sent = {"origin": "http://127.0.0.1:8000", "content-type": "application/json"}
    answer = visitor.client.post("/api/label", content=body, headers=sent)
    assert (answer.status_code, "load the page again" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("body", ["", "{", "\xff", "[" * 50_000])
def test_what_is_no_json_is_told(visitor: Visitor, body: str) -> None:
    """Broken, or nested without end."""
    sent = {"origin": "http://127.0.0.1:8000", "content-type": "application/json"}
    answer = visitor.client.post("/api/label", content=body.encode("latin-1"), headers=sent)
    assert (answer.status_code, "JSON" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/label?set=%00", "/static/../guard.py"])
def test_every_answer_is_shut_in(visitor: Visitor, path: str) -> None:
    """Pages and errors alike: no other site's frame, script, style or request."""
    headers = visitor.client.get(path).headers
    policy = headers["content-security-policy"]
    assert all(
        word in policy for word in ("default-src 'none'", "frame-ancestors 'none'", "script-src 'self'")
    )
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_a_refusal_is_shut_in_too(visitor: Visitor) -> None:
    """What strangers get holds the same headers."""
    assert "default-src 'none'" in stranger(visitor).get("/").headers["content-security-policy"]


def test_other_cookies_do_no_harm(visitor: Visitor) -> None:
    """Whatever else this machine's servers have left in the browser."""
    own = f"{visitor.door.cookie_name}={visitor.door.cookie}"
    told = {"cookie": f'broken; a={{"b": [1,2]}}; =; {own}; c="x'}
    assert stranger(visitor).get("/", headers=told).status_code == 200
