"""Code and configuration that show a topic rather than speak of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ast_grep_py import SgNode

from harness.checks.context.imports import imports_of, tree_of
from harness.core.tree import Mapping
from harness.response.block import Block, BlockRole, Origin
from harness.response.config.model import ConfigFile, Kind, Place
from harness.response.program import Program

__all__ = ["deployable", "observed", "replicated"]

_HEALTH = re.compile(
    r"^/?(?:api/|v\d/|_|-/)*(?:healthz?|health[-_]?checks?|readyz?|livez?|ready|live|liveness|readiness|up"
    r"|ping"
    r"|status|metrics|actuator/\w+)(?:/(?:live|ready|liveness|readiness))?/?\$?$",
    re.IGNORECASE,
)
_HEALTH_WORDS = ("health", "ready", "live", "/up", "metrics", "/ping", "/status", "actuator")
_MONITORS = re.compile(
    r"^(?:prom-client|express-prom-bundle|express-prometheus-middleware|@willsoto/nestjs-prometheus"
    r"|prometheus_client"
    r"|prometheus_fastapi_instrumentator|starlette_exporter|prometheus_flask_exporter|django_prometheus"
    r"|health_check"
    r"|@?opentelemetry|@sentry/|sentry_sdk|sentry|dd-trace|ddtrace|datadog|newrelic|elastic-apm-node"
    r"|elasticapm|statsd"
    r"|hot-shots|@godaddy/terminus|lightship|@nestjs/terminus|Sentry\\|OpenTelemetry\\|Prometheus\\"
    r"|Spatie\\Health"
    r"|Laravel\\Pulse|Laravel\\Telescope)",
)
_MONITOR_WORDS = (
    "prom",
    "telemetry",
    "sentry",
    "dd-trace",
    "ddtrace",
    "datadog",
    "newrelic",
    "apm",
    "statsd",
    "hot-shots",
    "terminus",
    "lightship",
    "health",
    "pulse",
    "telescope",
)
_MONITOR_IMAGES = re.compile(
    r"(?:^|/)(?:prom/|prometheus|grafana|loki|tempo|jaeger|zipkin|otel|opentelemetry|alertmanager|datadog"
    r"|netdata"
    r"|uptime-kuma|[\w-]*exporter)",
    re.IGNORECASE,
)
_ROUTE_CALLS = re.compile(
    r"(?:^|[.>:\s@])(?:get|route|path|re_path|url|all|head|any|match|add_url_rule|add_api_route|use|health)$",
    re.IGNORECASE,
)
_DEPLOY_COMMANDS = frozenset(
    "kubectl helm pm2 terraform systemctl flyctl fly gcloud heroku ansible-playbook cap dep vercel "
    "railway nomad".split()
)
_MADE = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.SCRIPT, BlockRole.SHELL, BlockRole.DATA})
_MANY = re.compile(r"[2-9]|\d{2,}")


def _answered(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.origin is not Origin.SUPPLIED and block.role in _MADE:
            yield block


def _is_answer(place: Place) -> bool:
    return not place.supplied and not place.shown_as_wrong


def _yaml(program: Program, *kinds: Kind) -> Iterator[ConfigFile]:
    for file in program.config.yaml:
        if file.kind in kinds and not file.supplied and file.block.role is not BlockRole.COUNTER_EXAMPLE:
            yield file


# --- deployment ---------------------------------------------------------------------------------


def deployable(program: Program) -> str:
    """Say what in the configuration of an answer deploys it; empty where nothing does."""
    for block in _answered(program.blocks):
        if block.language == "dockerfile" and re.search(
            r"^\s*FROM\s", block.text, re.MULTILINE | re.IGNORECASE
        ):
            return "a Dockerfile is shown"
        if block.language == "hcl" and re.search(r'^\s*resource\s+"', block.text, re.MULTILINE):
            return "the infrastructure is shown as code"
        if block.language == "ini" and re.search(r"^\s*ExecStart\s*=", block.text, re.MULTILINE):
            return "a unit of the service manager is shown"
    languages = {block.language for block in _answered(program.blocks)}
    if "yaml" in languages:
        found = _deploying_yaml(program)
        if found:
            return found
    return _deploying_commands(program) if "bash" in languages else ""


def _deploying_yaml(program: Program) -> str:
    for compose in program.config.compose:
        wrong = compose.block.role is BlockRole.COUNTER_EXAMPLE
        if compose.services and not compose.supplied and not wrong:
            return "compose services are shown"
    if any(True for _ in _yaml(program, Kind.KUBERNETES)):
        return "manifests for Kubernetes are shown"
    if any(True for _ in _yaml(program, Kind.PIPELINE)):
        return "a pipeline is shown"
    return ""


def _deploying_commands(program: Program) -> str:
    for command in program.config.commands:
        words = command.arguments[:1]
        composed = command.name == "docker-compose" or (
            command.name == "docker" and words in {("compose",), ("stack",)}
        )
        if _is_answer(command.place) and (composed or command.name in _DEPLOY_COMMANDS):
            return f"the commands of a deployment are shown ({command.name})"
    return ""


# --- growth -------------------------------------------------------------------------------------


def replicated(program: Program) -> str:
    """Say what in the configuration of an answer runs several copies; empty where nothing does."""
    languages = {block.language for block in _answered(program.blocks)}
    found = _replicas(program) if "yaml" in languages else ""
    if not found and "bash" in languages:
        found = _scaling_command(program)
    return found or (_balancer(program) if "nginx" in languages else "")


def _replicas(program: Program) -> str:
    for file in _yaml(program, Kind.COMPOSE, Kind.KUBERNETES):
        for setting in file.settings:
            copies = setting.name in {"replicas", "minReplicas", "maxReplicas", "scale"}
            if copies and _MANY.match(setting.value) and _is_answer(setting.place):
                return f"the configuration runs {setting.value[:20]} replicas"
    return ""


def _scaling_command(program: Program) -> str:
    for command in program.config.commands:
        for word in command.option_values("--scale", "--replicas"):
            if _MANY.match(word.text.rpartition("=")[2]) and _is_answer(command.place):
                return "a command runs several replicas"
    return ""


def _balancer(program: Program) -> str:
    """Servers that a client has to come back to are several, and still no way to grow."""
    within = [one for one in program.config.nginx if one.path[-1:] and one.path[-1].startswith("upstream")]
    sticky = {one.owner for one in within if one.name in {"ip_hash", "sticky", "hash"}}
    servers = [
        one for one in within if one.name == "server" and one.owner not in sticky and _is_answer(one.place)
    ]
    return "nginx balances between several servers" if len(servers) > 1 else ""


# --- observability ------------------------------------------------------------------------------


def observed(program: Program) -> str:
    """Say what in code or configuration of an answer lets its work be watched; empty where nothing does."""
    text = "\n".join(block.text for block in _answered(program.blocks)).lower()
    if any(word in text for word in _MONITOR_WORDS):
        for one in program.once(imports_of):
            in_answer = one.block.origin is not Origin.SUPPLIED and one.block.role in _MADE
            if in_answer and not one.shown_as_wrong and _MONITORS.match(one.module):
                return f"the code is instrumented with {one.module[:60]}"
    if any(word in text for word in _HEALTH_WORDS):
        found = _health_route(program) or _probes(program)
        if found:
            return found
    return _monitors(program)


def _health_route(program: Program) -> str:
    for endpoint in program.routes.endpoints:
        block = endpoint.unit.block
        if _HEALTH.match(endpoint.path) and block.origin is not Origin.SUPPLIED:
            return f"there is an endpoint {endpoint.path[:60]}"
    for block in _answered(program.blocks):
        if block.language in {"python", "php"} and any(word in block.text for word in _HEALTH_WORDS):
            found = _route_in(program, block)
            if found:
                return found
    return ""


def _route_in(program: Program, block: Block) -> str:
    tree = tree_of(program, block)
    if tree is None:
        return ""
    for kind in ("string", "encapsed_string"):
        for node in tree.find_all(kind=kind) if block.language == "php" or kind == "string" else ():
            path = node.text().strip("rbf'\"^")
            if path and _HEALTH.match(path) and path != "/" and _is_route(node):
                return f"there is an endpoint {path[:60]}"
            if path.startswith(("django_prometheus", "health_check")):
                return f"{path[:60]} is installed"
    return ""


def _is_route(node: SgNode) -> bool:
    """Say whether a string is the first argument of a call that registers a route."""
    parent = node.parent()
    if parent is not None and parent.kind() == "argument":
        parent = parent.parent()
    call = None if parent is None else parent.parent()
    if parent is None or call is None or parent.kind() not in {"argument_list", "arguments"}:
        return False
    return (
        _ROUTE_CALLS.search(call.text()[: max(0, parent.range().start.index - call.range().start.index)])
        is not None
    )


def _probes(program: Program) -> str:
    if not any(block.language == "yaml" for block in _answered(program.blocks)):
        return ""
    for file in _yaml(program, Kind.KUBERNETES):
        for setting in file.settings:
            if {"livenessProbe", "readinessProbe"} & set(setting.path) and _is_answer(setting.place):
                return "probes are configured"
    return ""


def _monitors(program: Program) -> str:
    if not any(block.language == "yaml" for block in _answered(program.blocks)):
        return ""
    for compose in program.config.compose:
        for service in compose.services:
            if _is_answer(service.place) and _MONITOR_IMAGES.search(service.image):
                return f"{service.image[:60]} watches the services"
    for file in _yaml(program, Kind.YAML):
        for tree in file.trees:
            if isinstance(tree, Mapping) and tree.effective().keys() & {
                "scrape_configs",
                "alerting",
                "rule_files",
            }:
                return "a monitor is configured"
    return ""
