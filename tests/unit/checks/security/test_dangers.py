"""What a client sends in places where it must not arrive, and what is weak by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.security.dangers import dangers_of
from harness.checks.security.weaknesses import weaknesses_of
from harness.response.parse import parse_source


def categories(text: str, path: str) -> list[str]:
    program = parse_source(text, path)
    return [one.category[:3] for one in (*dangers_of(program), *weaknesses_of(program))]


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        (
            "app.get('/f', (req, res) => { const f = req.query.f; fs.readFile('/srv/' + f, cb); });",
            "a.js",
            "A01",
        ),
        ("exports.go = (req, res) => res.redirect(req.query.next);", "a.js", "A01"),
        ("exports.page = (req, res) => res.send(`<p>${req.query.name}</p>`);", "a.js", "A03"),
        ("def f(name):\n    os.system('convert ' + name)\n", "a.py", "A03"),
        ("def f(request):\n    url = request.args.get('u')\n    return httpx.get(url).text\n", "a.py", "A10"),
        ("def f(request):\n    return pickle.loads(request.data)\n", "a.py", "A08"),
        ("<?php include $_GET['page'] . '.php';", "a.php", "A01"),
        ("<?php $o = unserialize($_COOKIE['cart']);", "a.php", "A08"),
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';", "a.js", "A02"),
        ("jwt.verify(token, key, { algorithms: ['none'] });", "a.js", "A07"),
    ],
)
def test_a_danger_has_its_category(text: str, path: str, found: str) -> None:
    """In three languages."""
    assert categories(text, path) == [found]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("app.get('/f', (req, res) => { fs.readFile('/srv/' + path.basename(req.query.f), cb); });", "a.js"),
        ("exports.page = (req, res) => res.send(`<p>${escapeHtml(req.query.name)}</p>`);", "a.js"),
        ("exports.page = (req, res) => res.json({ name: req.query.name });", "a.js"),
        ("def f(name):\n    subprocess.run(['convert', name], check=True)\n", "a.py"),
        ("def f(request):\n    return httpx.get(URLS[request.args['kind']]).text\n", "a.py"),
        ("def f(n):\n    print('found ' + n)\n", "a.py"),
        ("<?php echo htmlspecialchars($_GET['name']);", "a.php"),
        ("<?php shell_exec('pdfinfo ' . escapeshellarg($_GET['f']));", "a.php"),
        ("const wait = Math.random() * 100;", "a.js"),
        ("const newToken = () => { if (Math.random() < 0.1) sweep(); return uuid(); };", "a.js"),
        ("const tag = createHash('md5').update(page).digest('hex');", "a.js"),
    ],
)
def test_what_is_safe_is_left_alone(text: str, path: str) -> None:
    """Names cut to their base, escaped text, lists of arguments, known addresses."""
    assert categories(text, path) == []


_WORDS = st.sampled_from(
    "eval( exec( open( fetch( echo ( ) { } = req.query.x $_GET['x'] + ' \" ; \n def f(x): return".split(" ")
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_WORDS, max_size=40), st.sampled_from(["a.js", "a.py", "a.php"]))
def test_any_text_is_looked_through(words: list[str], path: str) -> None:
    """Broken programs as well."""
    text = " ".join(words)
    assert isinstance(categories(f"<?php {text}" if path == "a.php" else text, path), list)
