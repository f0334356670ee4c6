"""Guards that everybody knows by their names, and words in the names of others."""

from __future__ import annotations

from harness.checks.access.kinds import Guard

__all__ = [
    "BOTH",
    "BY_NAME",
    "CALLERS",
    "KNOWN",
    "LIMITED",
    "LIMIT_WORDS",
    "LOOKING",
    "OPTIONAL",
    "PRESENCE",
    "WRITES_ONLY",
]

BOTH = frozenset({Guard.AUTHENTICATION, Guard.AUTHORISATION})
KNOWN = frozenset({Guard.AUTHENTICATION})
LIMITED = frozenset({Guard.RATE_LIMIT})
# What everybody knows by its name, as its last part is written.
BY_NAME: dict[str, frozenset[Guard]] = {
    **dict.fromkeys(
        "AllowAny AllowAnonymous guest web api csrf_exempt csrf_protect require_POST require_GET "
        "require_safe "
        "require_http_methods api_view cache_page never_cache wraps transaction atomic atomic_transaction "
        "cors_headers CORSMiddleware CorsMiddleware AuthenticationMiddleware SessionMiddleware bindings "
        "auth.session SubstituteBindings verified cross_origin action renderer_classes parser_classes "
        "authentication_classes "
        "throttle_scope swagger_auto_schema extend_schema exempt request_filter verify_csrf_token".split(),
        frozenset[Guard](),
    ),
    **dict.fromkeys(
        "IsAuthenticated login_required LoginRequiredMixin LoginRequiredMiddleware jwt_required auth signed "
        "client token_required RequireAuth".split(),
        KNOWN,
    ),
    **dict.fromkeys(
        "IsAdminUser DjangoModelPermissions DjangoObjectPermissions staff_member_required "
        "permission_required superuser_required PermissionRequiredMixin roles_required roles_accepted "
        "permissions_required".split(),
        BOTH,
    ),
    **dict.fromkeys("SlowAPIMiddleware SlowAPIASGIMiddleware RateLimiter Limiter ratelimit".split(), LIMITED),
}
WRITES_ONLY = {
    "IsAuthenticatedOrReadOnly": KNOWN,
    "DjangoModelPermissionsOrAnonReadOnly": BOTH,
}
# Of what FastAPI offers only that a credential is there is asked, not whether it is right.
PRESENCE = ("fastapi.security",)
OPTIONAL = frozenset("optional maybe try soft".split())
CALLERS = frozenset("user principal identity credentials operator admin account actor jwt".split())
LOOKING = frozenset(
    "get extract parse read log find load attach set decode is has can to from create make".split()
)
LIMIT_WORDS = frozenset("requests request calls attempts tries".split())
