"""The route graph: which middleware a request passes before an endpoint answers."""

from __future__ import annotations

import pytest

from harness.response.foreign import foreign_endpoints
from harness.response.parse import parse_response
from harness.response.program import Program
from harness.response.routes import covers


def program(*blocks: str) -> Program:
    return parse_response("\n\n".join(f"```ts\n{block}\n```" for block in blocks))


def graph(*blocks: str) -> list[tuple[str, str, list[str], bool]]:
    """Method, path, names of the middleware, and whether the way begins at an application."""
    return [
        (one.method, one.path, [handler.node.text() for handler in one.middleware], one.rooted)
        for one in program(*blocks).routes.endpoints
    ]


EXPRESS = "import express, { Router } from 'express';\nconst app = express();\n"


def test_middleware_covers_what_is_registered_after_it() -> None:
    """Order decides, also on one router."""
    found = graph(EXPRESS + "app.get('/a', h); app.use(g); app.get('/b', h);")
    assert found == [("get", "/a", [], True), ("get", "/b", ["g"], True)]


def test_mounts_add_prefix_and_guards() -> None:
    """A router inherits the path and the middleware of its mount, across blocks."""
    users = (
        "// src/users.ts\nimport { Router } from 'express';\nconst r = Router();\n"
        "r.use(own);\nr.post('/:id', h);\nexport default r;"
    )
    app = (
        "// src/app.ts\n"
        + EXPRESS
        + "import users from './users';\napp.use(all);\napp.use('/users', g, users);\napp.use(late);"
    )
    assert graph(users, app) == [("post", "/users/:id", ["all", "g", "own"], True)]


def test_a_router_that_nothing_mounts_is_open_ended() -> None:
    """What stands above an unmounted router is unknown."""
    assert graph("import { Router } from 'express';\nconst r = Router();\nr.get('/a', g, h);") == [
        ("get", "/a", ["g"], False)
    ]


def test_two_mounts_are_two_endpoints() -> None:
    """Each way in has its own middleware."""
    found = graph(EXPRESS + "const r = Router(); r.get('/a', h); app.use('/x', g, r); app.use('/y', r);")
    assert found == [("get", "/x/a", ["g"], True), ("get", "/y/a", [], True)]


def test_arrays_and_spreads_are_opened() -> None:
    """Middleware in arrays keeps its order and its own place."""
    assert graph(EXPRESS + "const two = [a, b];\napp.post('/x', ...two, [c], h);") == [
        ("post", "/x", ["a", "b", "c"], True)
    ]


def test_chained_routes_share_their_path() -> None:
    """`app.route(path)` hands its path to every method."""
    assert graph(EXPRESS + "app.route('/x').get(h).post(g, h);") == [
        ("get", "/x", [], True),
        ("post", "/x", ["g"], True),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "const routes = (a) => { a.post('/x', g, h); };\nroutes(app);",
        "const load = ({ app: server }) => { server.post('/x', g, h); };\nload({ app });",
        (
            "class Own { router = Router(); constructor() { this.router.post('/x', g, h); } }\n"
            "[new Own()].forEach((one) => app.use(one.router));"
        ),
        "const make = () => { const r = Router(); r.post('/x', g, h); return r; };\napp.use(make());",
    ],
    ids=["argument", "property", "loop over instances", "factory"],
)
def test_a_router_is_followed(code: str) -> None:
    """Wherever a router is handed to, it stays the same router."""
    assert graph(EXPRESS + code) == [("post", "/x", ["g"], True)]


@pytest.mark.parametrize(
    "code",
    [
        "if (false) { app.use(g); }\napp.post('/x', h);",
        "function harden() { app.use(g); }\napp.post('/x', h);",
        "// ❌ Bad\napp.use(g);\n// ✅ Good\napp.post('/x', h);",
        "app.use('/y', g);\napp.post('/x', h);",
    ],
    ids=["constant condition", "function nobody calls", "marked as wrong", "another path"],
)
def test_what_never_runs_for_a_route_is_not_in_its_chain(code: str) -> None:
    """Dead, rejected and unrelated middleware protects nothing."""
    assert graph(EXPRESS + code) == [("post", "/x", [], True)]


def test_routers_mounted_in_circles_end() -> None:
    """Thirty routers mounted on each other are still a finite graph."""
    names = range(30)
    code = "".join(f"const r{i} = Router();" for i in names)
    code += "".join(f"r{i}.use('/a', r{j});" for i in names for j in names)
    assert graph(EXPRESS + code + "r3.post('/x', h);")


def test_a_graphql_server_is_an_endpoint() -> None:
    """What answers GraphQL is mounted with `use` and answers by itself."""
    code = (
        "import { createHandler } from 'graphql-http/lib/use/express';\n"
        "app.use('/graphql', g, createHandler({}));"
    )
    assert graph(EXPRESS + code) == [("use", "/graphql", ["g"], True)]


@pytest.mark.parametrize(
    ("patterns", "path", "method", "wanted"),
    [
        ((), "/a", "use", True),
        (("/a",), "/a/b", "use", True),
        (("/a",), "/ab", "use", False),
        (("/a/b",), "/a", "use", False),
        (("/:x",), "/a", "use", True),
        (("/a",), "/a/b", "all", False),
        (("/a/*",), "/a/b", "all", True),
        (("*",), "/a", "all", True),
        (("/",), "/a", "all", False),
    ],
)
def test_covering(patterns: tuple[str, ...], path: str, method: str, wanted: bool) -> None:
    """`use` covers everything below its path, `all` the path alone."""
    assert covers(patterns, path, method) is wanted


@pytest.mark.parametrize(
    ("tag", "code", "wanted"),
    [
        ("js", "const fastify = require('fastify')();\nfastify.get('/x', h);", ["Fastify"]),
        ("js", "const Koa = require('koa');\nconst app = new Koa();", ["Koa"]),
        ("ts", "import { Controller } from '@nestjs/common';\n@Controller('x')\nclass X {}", ["NestJS"]),
        (
            "js",
            "require('node:http').createServer((req, res) => res.end()).listen(1);",
            ["Node's own http server"],
        ),
        ("js", "require('http').createServer(app).listen(1);", []),
        (
            "js",
            "for (const route of routes) router[route.method](route.path, route.handler);",
            ["a table of routes"],
        ),
        ("python", "@app.route('/x')\ndef x():\n    return 1", ["Python"]),
        ("python", "urlpatterns = [path('x', view)]", ["Python"]),
        ("python", "def add(a, b):\n    return a + b  # @app.route('/x')", []),
        ("php", "Route::get('/x', [X::class, 'y']);", ["PHP"]),
        ("php", "<?php\n$name = $_POST['name'];", ["PHP"]),
        ("php", "<?php\necho 'Route::get';", []),
        ("java", "@RestController\npublic class X {}", ["Java"]),
        ("go", 'func main() {\n\thttp.HandleFunc("/x", x)\n}', ["Go"]),
    ],
)
def test_endpoints_that_are_not_read_are_named(tag: str, code: str, wanted: list[str]) -> None:
    """Another framework or language is recognised, so that nobody takes it for nothing."""
    found = foreign_endpoints(parse_response(f"```{tag}\n{code}\n```"))
    assert list(dict.fromkeys(one.what for one in found)) == wanted
