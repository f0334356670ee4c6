"""The viewer as a person uses it, in a real browser: from the link to labels on the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import serious_faults
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "viewer"))

from viewer_example import GOLDEN_SET, REASONING, RUN, MadeRun, write_project  # noqa: E402 - the path comes first

from harness.suite.annotations import read_annotations  # noqa: E402
from harness.suite.drafts import read_drafts  # noqa: E402

EVIL = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    "<style>body { display: none }</style><a href='javascript:window.hacked = 1'>x</a>"
    "{{ 7 * 7 }}{% raw %}\x1b[2J\u202e</textarea></pre>"
)
HUGE = f"{EVIL}\n```js\n{EVIL}\n{'x' * 5_000_000}\n```\n"
ANSWERS = 14


class Seen:
    """A browser's window with everything that went wrong in it."""

    def __init__(self, context: BrowserContext, link: str) -> None:
        self.link = link
        self.base = link.partition("/?")[0]
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));"
        )
        self.page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(link)
        self.page.wait_for_url(f"{self.base}/")

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def label(self, annotator: str = "anna") -> Page:
        """Walk to the first answer of the first rule."""
        self.go("/label")
        self.page.get_by_label("Your name").fill(annotator)
        self.page.get_by_role("button", name="Choose a rule").click()
        self.page.get_by_role("link", name="ALWAYS explain").first.click()
        self.page.wait_for_url("**/label/answer?*item=*")
        return self.page

    def press(self, key: str) -> None:
        """Press a key that leads to another answer, and wait for that."""
        before = self.page.url
        self.page.keyboard.press(key)
        self.page.wait_for_function("(before) => location.href !== before", arg=before)
        self.page.wait_for_load_state()

    def clean(self) -> None:
        """Demand that nobody complained and nobody else was asked."""
        strangers = [url for url in self.requests if not url.startswith((self.base, "data:"))]
        assert (self.complaints, strangers, self.page.evaluate("window.violations")) == ([], [], [])


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A project and the link of the viewer that a command of its own serves for it."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder, golden=ANSWERS)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        MadeRun().write()
        MadeRun(name="20261103-000000-evil", texts=(HUGE, EVIL), fails=frozenset({0, 1})).write()
    command = [sys.executable, "-m", "harness", "view", "--no-open"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield folder, process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


@pytest.fixture
def seen(chromium: Browser, viewer: tuple[Path, str]) -> Iterator[Seen]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield Seen(context, viewer[1])
    context.close()


@pytest.fixture
def phone(chromium: Browser, viewer: tuple[Path, str]) -> Iterator[Seen]:
    context = chromium.new_context(
        viewport={"width": 390, "height": 800}, color_scheme="dark", reduced_motion="reduce"
    )
    yield Seen(context, viewer[1])
    context.close()


def labels_of(folder: Path, annotator: str) -> list[str]:
    found = read_annotations(folder / "datasets/tester/golden")
    return [one.label.value for one in found if one.annotator == annotator]


def test_ten_labels_by_keyboard_are_there_after_a_reload(seen: Seen, viewer: tuple[Path, str]) -> None:
    """From the link to a run and its marked line, on to labelling, without the mouse; then a reload."""
    page = seen.page
    page.get_by_role("link", name="tester").last.click()
    page.get_by_role("link", name="NEVER use console.log").click()
    page.get_by_role("link", name="case-0").click()
    expect(page.locator(".ln.hit")).to_contain_text("console.log")
    seen.label()
    for key in "pfnuspfnup"[:4] + "pfpfpf":
        seen.press(key)
    page.reload()
    expect(page.locator(".standing")).to_contain_text("10 of 14 labelled")
    assert sorted(labels_of(viewer[0], "anna")) == sorted(
        ["pass", "fail", "not_applicable", "undecided", *["pass", "fail"] * 3]
    )
    seen.clean()


def test_undo_skip_note_and_line(seen: Seen, viewer: tuple[Path, str]) -> None:
    """A note is typed without labelling anything; a wrong key is taken back; what is skipped stays open."""
    page = seen.label("carl")
    seen.press("s")
    page.keyboard.press("m")
    page.keyboard.type("puffin fun")
    page.keyboard.press("Escape")
    page.locator("#response .ln[data-n='4']").click()
    first = page.url
    seen.press("f")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    seen.press("z")
    assert (page.url, labels_of(viewer[0], "carl")) == (first, [])
    page.keyboard.press("m")
    page.keyboard.type("again")
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("again")
    page.keyboard.press("Escape")
    page.locator("#response .ln[data-n='4']").click()
    seen.press("p")
    text = (viewer[0] / "datasets/tester/golden/carl.labels.yaml").read_text()
    assert '{label: pass, note: "again", line: 4}' in text
    seen.clean()


def test_a_second_person_and_a_disagreement(seen: Seen, viewer: tuple[Path, str]) -> None:
    """Dora and Emil see the same answer first and label it differently; then they agree."""
    seen.label("dora")
    seen.press("n")
    page = seen.label("emil")
    seen.press("u")
    seen.go("/disagreements")
    page.locator(".rows li", has_text="emil").get_by_role("link").first.click()
    page.wait_for_url("**/disagreements/answer*")
    for name in ("dora", "emil"):
        expect(page.locator(".said")).to_contain_text(name)
    page.keyboard.press("f")
    page.wait_for_function("(before) => location.href !== before", arg=page.url)
    assert [labels_of(viewer[0], name) for name in ("dora", "emil", "agreed")] == [
        ["not_applicable"],
        ["undecided"],
        ["fail"],
    ]
    seen.clean()


def test_a_second_tab_overwrites_nothing(seen: Seen, viewer: tuple[Path, str]) -> None:
    """It shows an answer as open that the first tab has labelled: it is told so, and keeps its note."""
    page = seen.label("fritz")
    other = page.context.new_page()
    other.goto(page.url)
    seen.press("p")
    other.keyboard.press("f")
    expect(other.get_by_role("alert")).to_contain_text("changed elsewhere")
    assert labels_of(viewer[0], "fritz") == ["pass"]


def test_drafts_are_accepted_by_keyboard(seen: Seen, viewer: tuple[Path, str]) -> None:
    """One is accepted with other words, one rejected, and the accepted one becomes a dataset."""
    page = seen.go("/drafts")
    page.get_by_role("link", name="tester.yaml").click()
    page.wait_for_url("**/drafts/file*")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.type(" Please.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator(".draft .state").first).to_have_text("accepted")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(".draft .state").last).to_have_text("rejected")
    page.get_by_role("button", name="Write the dataset").click()
    expect(page.locator("#written")).to_contain_text("datasets/tester/drafted-tester.yaml")
    drafts = read_drafts(viewer[0] / "drafts/tester.yaml").drafts
    assert [(one.accepted, one.rejected, one.prompt[-7:]) for one in drafts] == [
        (True, False, "Please."),
        (False, True, "t them."),
    ]
    seen.clean()


HOSTILE = [
    "/runs/20261103-000000-evil/answer?case=case-0&variant=base&trial=1",
    "/runs/20261103-000000-evil/answer?case=case-1&variant=base&trial=1",
    "/label/answer?set=run+20261103-000000-evil&annotator=gina&rule=never-use-console-log-or-console-error",
    "/runs/" + EVIL.replace("/", "%2F").replace("%}", "").replace("{%", "").replace("#", ""),
    "/label?run=<script>window.hacked=1</script>",
]


@pytest.mark.parametrize("path", HOSTILE, ids=["huge", "markup", "labelling", "address", "query"])
def test_hostile_text_does_nothing(phone: Seen, path: str) -> None:
    """Nothing runs, nothing is fetched, and the page stays as wide as the screen."""
    page = phone.go(path)
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    assert page.evaluate("[window.hacked ?? null, document.documentElement.scrollWidth]") == [None, 390]
    phone.complaints = [one for one in phone.complaints if "status of 40" not in one]
    phone.clean()


def test_the_report_runs_in_an_origin_of_its_own(seen: Seen, viewer: tuple[Path, str]) -> None:
    """A report that came from somebody else cannot read or change anything here."""
    report = viewer[0] / "reports" / RUN / "report.html"
    before = report.read_text()
    report.write_text(
        "<!doctype html><title>x</title><h1>x</h1><script>"
        "document.title = self.origin;"
        "fetch('/').then((r) => { document.title = 'reached'; }, () => { document.title += ' shut in'; });"
        "</script>"
    )
    try:
        page = seen.go(f"/runs/{RUN}/report")
        page.wait_for_function("document.title !== 'x' && document.title !== 'null'")
        assert page.title() == "null shut in"
    finally:
        report.write_text(before)


PAGES = [
    "/",
    f"/runs/{RUN}",
    f"/runs/{RUN}/answers",
    f"/runs/{RUN}/answer?case=case-0&variant=base&trial=1",
    "/compare",
    "/label",
    f"/label/rules?set={GOLDEN_SET.replace(' ', '+')}&annotator=axel",
    f"/label/answer?set={GOLDEN_SET.replace(' ', '+')}&annotator=axel&rule={REASONING}",
    "/disagreements",
    "/drafts",
    "/drafts/file?name=tester.yaml",
    "/nowhere",
]


@pytest.mark.parametrize(
    ("window", "pages"),
    [
        pytest.param("seen", PAGES[1:8:6], id="light"),
        pytest.param("phone", PAGES, id="dark"),
        pytest.param("seen", PAGES, id="light-all", marks=pytest.mark.full),
    ],
)
def test_nobody_is_shut_out(window: str, pages: list[str], request: pytest.FixtureRequest) -> None:
    """No serious fault that axe finds, in light and dark, wide and narrow, and no page is too wide."""
    shown: Seen = request.getfixturevalue(window)
    width = shown.page.viewport_size["width"] if shown.page.viewport_size else 0
    faults = []
    for path in pages:
        page = shown.go(path)
        faults += [(path, *fault) for fault in serious_faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append((path, "too wide", ""))
    assert faults == []
