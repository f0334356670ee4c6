"""Endpoints of the frameworks: paths, order of what a request passes, and what is not shown."""

from __future__ import annotations

import pytest

from harness.core.types import SuppliedFile
from harness.response.endpoints.build import server_endpoints
from harness.response.endpoints.model import ServerEndpoint
from harness.response.parse import parse_response


def endpoints(code: str, language: str = "python") -> tuple[ServerEndpoint, ...]:
    return server_endpoints(parse_response(f"```{language}\n{code}\n```"))


def titles(code: str, language: str = "python") -> list[str]:
    return [one.title for one in endpoints(code, language)]


def guards(code: str, language: str = "python") -> list[str]:
    return [one.name for one in endpoints(code, language)[0].guards]


FASTAPI = """
from fastapi import APIRouter, Depends, FastAPI
app = FastAPI(dependencies=[Depends(first)])
outer = APIRouter(prefix="/a", dependencies=[Depends(third)])
inner = APIRouter(prefix="/b", dependencies=[Depends(fifth)])

@inner.get("/c", dependencies=[Depends(seventh)])
@sixth
async def handler(x=Depends(eighth)): ...

outer.include_router(inner, prefix="/i", dependencies=[Depends(fourth)])
app.include_router(outer, prefix="/v1", dependencies=[Depends(second)])
"""


def test_paths_of_fastapi_are_joined_over_all_routers() -> None:
    assert titles(FASTAPI) == ["GET /v1/a/i/b/c"]


def test_a_request_passes_the_dependencies_of_fastapi_from_the_outside_in() -> None:
    expected = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
    assert guards(FASTAPI) == expected


def test_a_router_that_nobody_includes_is_open() -> None:
    code = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/x')\ndef x(): ...\n"
    assert [one.open for one in endpoints(code)] == [True]


def test_what_annotated_asks_under_another_name_is_passed() -> None:
    code = (
        "from typing import Annotated\nfrom fastapi import Depends, FastAPI\napp = FastAPI()\n"
        "Caller = Annotated[User, Depends(who)]\n@app.get('/x')\ndef x(caller: Caller): ...\n"
    )
    assert guards(code) == ["who"]


FLASK = """
from flask import Blueprint, Flask
api = Blueprint("api", __name__, url_prefix="/own")

@api.before_request
def hook(): ...

@api.route("/x/<int:pk>", methods=["PUT", "DELETE"])
@guard
def handler(pk): ...

def create_app():
    app = Flask(__name__)
    app.register_blueprint(api, url_prefix="/v1")
    return app
"""


def test_the_prefix_at_registration_takes_the_place_of_the_blueprints_own() -> None:
    assert titles(FLASK) == ["PUT /v1/x/<int:pk>", "DELETE /v1/x/<int:pk>"]


def test_hooks_of_a_blueprint_come_before_decorators() -> None:
    assert guards(FLASK) == ["hook", "guard"]


def test_a_decorator_above_the_route_is_not_passed() -> None:
    code = "from flask import Flask\napp = Flask(__name__)\n@guard\n@app.get('/x')\ndef x(): ...\n"
    assert guards(code) == []


DJANGO = """
from django.urls import include, path
from rest_framework import viewsets
from rest_framework.routers import DefaultRouter

class PartViewSet(viewsets.ReadOnlyModelViewSet):
    permission_classes = [IsAuthenticated]
    throttle_classes = [UserRateThrottle]

    @action(detail=True, methods=["post"], permission_classes=[IsClerk])
    def scrap(self, request, pk): ...

router = DefaultRouter()
router.register("parts", PartViewSet)
urlpatterns = [path("api/", include(router.urls))]
"""


def test_a_viewset_has_the_actions_of_its_bases_and_its_own() -> None:
    assert titles(DJANGO) == ["POST /api/parts/{id}/scrap", "GET /api/parts", "GET /api/parts/{id}"]


def test_an_action_has_the_permissions_that_it_names() -> None:
    assert guards(DJANGO) == ["UserRateThrottle", "IsClerk"]


def test_settings_of_the_rest_framework_hold_where_a_view_says_nothing() -> None:
    code = (
        "REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}\n"
        "from rest_framework.views import APIView\nclass V(APIView):\n    def get(self, request): ...\n"
    )
    assert guards(code) == ["IsAuthenticated"]


def test_without_settings_the_defaults_of_the_rest_framework_are_open() -> None:
    code = "from rest_framework.views import APIView\nclass V(APIView):\n    def get(self, request): ...\n"
    assert [(one.users_open, one.limits_open) for one in endpoints(code)] == [(True, True)]


LARAVEL = """
Route::middleware('auth')->prefix('v1')->group(function () {
    Route::middleware(['throttle:api'])->group(function () {
        Route::apiResource('parts', PartController::class)->except(['destroy'])->withoutMiddleware('auth');
    });
    Route::match(['put', 'patch'], '/x', fn () => 1)->can('change-x');
});
"""


def test_routes_of_laravel_are_joined_over_groups() -> None:
    assert titles(LARAVEL, "php") == [
        "GET /v1/parts",
        "POST /v1/parts",
        "GET /v1/parts/{id}",
        "PUT /v1/parts/{id}",
        "PUT /v1/x",
        "PATCH /v1/x",
    ]


def test_middleware_of_laravel_is_passed_from_the_outside_in_and_may_be_taken_away() -> None:
    found = [[one.name for one in endpoint.guards] for endpoint in endpoints(LARAVEL, "php")]
    assert (found[0], found[-1]) == (["throttle:api"], ["auth", "can:change-x"])


def test_a_controller_without_routes_is_open() -> None:
    code = "class PartController extends Controller { public function index(Request $r): Response {} }"
    assert [(one.title, one.open) for one in endpoints(code, "php")] == [("GET PartController.index", True)]


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("$x = $_POST['a'];", "POST the script"),
        ("echo $_GET['a'];", "GET the script"),
        ("$body = json_decode(file_get_contents('php://input'));", "POST the script"),
    ],
)
def test_a_script_that_reads_a_request_is_an_endpoint(code: str, title: str) -> None:
    assert titles(code, "php") == [title]


def test_a_function_that_reads_a_request_is_none() -> None:
    assert titles("function a() { return $_GET['a']; }", "php") == []


FASTIFY = """
const app = require('fastify')();
async function parts(fastify) {
  fastify.addHook('onRequest', second);
  fastify.post('/parts', { preHandler: [third] }, async () => 1);
}
app.addHook('onRequest', first);
app.register(parts, { prefix: '/v1' });
"""


def test_plugins_of_fastify_are_joined_with_their_prefix() -> None:
    assert titles(FASTIFY, "js") == ["POST /v1/parts"]


def test_hooks_of_fastify_are_passed_from_the_outside_in() -> None:
    assert guards(FASTIFY, "js") == ["first", "second", "third"]


NEST = """
@Controller('parts')
@UseGuards(First)
export class PartsController {
  @Post(':id/scrap')
  @UseGuards(Second)
  scrap() {}
}
"""


def test_guards_of_nest_are_those_of_the_controller_before_those_of_the_method() -> None:
    assert (titles(NEST, "ts"), guards(NEST, "ts")) == (["POST /parts/:id/scrap"], ["First", "Second"])


def test_resolvers_are_endpoints_of_graphql() -> None:
    code = "const resolvers = { Query: { a: () => 1 }, Mutation: { b: async () => 2 } };"
    assert titles(code, "js") == ["GET /Query/a", "POST /Mutation/b"]


def test_what_the_user_supplied_is_no_endpoint_of_the_answer() -> None:
    file = SuppliedFile(
        "app.py", "from flask import Flask\napp = Flask(__name__)\n@app.get('/x')\ndef x(): ...\n"
    )
    program = parse_response("```python\nprint(1)\n```", supplied=[file])
    assert server_endpoints(program) == ()
