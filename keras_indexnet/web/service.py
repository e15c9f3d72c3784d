"""The application as a service for many users: settings from the environment, health and metrics.

Several processes may serve it (`examples/service`). Each has a process of its own that computes.
"""

import os
import time
from contextlib import asynccontextmanager

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import required
from keras_indexnet.web.application import MAX_IN_LINE, RESPONSE_HEADERS, matting_app

PREFIX = "INDEXNET_SERVE_"  # of the variables in the environment
TASKS = ("/cutout", "/trimap")
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 600)  # bounds of the histogram


class ServiceSettings(BaseModel):
    """What `INDEXNET_SERVE_WEIGHTS` and its siblings in the environment say."""

    model_config = ConfigDict(extra="forbid")
    token: str  # that requests carry; empty where a proxy decides who may send any
    hosts: str = ""  # names by which browsers call the service, with commas between; * for any
    weights: str = "indexnet_base"
    configuration: str | None = None
    polish: bool | None = None
    trust: bool = False
    max_upload: float = Field(32.0, ge=0.001, le=1000)  # MB
    max_in_line: int = Field(MAX_IN_LINE, ge=1)  # requests for each process that serves
    memory: float = Field(8.0, gt=0)  # GB that a process which computes may reserve
    seconds: float = Field(600.0, gt=0)  # for a photograph


def service_app():
    """Make the application that the environment describes, with `/healthz` and `/metrics` beside it.

    Both answer without a token and under any name, and say nothing about photographs. `/healthz` is 200 while
    there is a process that computes, else 503. `/metrics` is for Prometheus, and sums over all processes that
    serve where `PROMETHEUS_MULTIPROC_DIR` names a folder.

    Returns:
        `starlette.applications.Starlette`.

    Raises:
        ImportError: if FastAPI or prometheus_client is not installed (extra `service`).
        ValueError: if the environment names no such setting, or a value that it cannot have.
    """
    required("prometheus_client", "The service", "keras_indexnet[service]")
    required("fastapi", "The service", "keras_indexnet[service]")
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Mount, Route

    settings = settings_from_environment()
    app = matting_app(
        settings.weights,
        settings.configuration,
        round(settings.max_upload * 1e6),
        settings.polish,
        settings.trust,
        [host for host in settings.hosts.split(",") if host],
        settings.token or None,
        settings.max_in_line,
        round(settings.memory * 1e9),
        settings.seconds,
    )
    registry = CollectorRegistry()
    several = "PROMETHEUS_MULTIPROC_DIR" in os.environ
    if several:
        multiprocess.MultiProcessCollector(registry)

    @asynccontextmanager
    async def until_the_end(service):
        yield
        app.state.worker.close()

    async def health(request):
        running = app.state.worker.is_running
        return PlainTextResponse("ok\n" if running else "nothing computes\n", 200 if running else 503)

    async def metrics(request):
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes = [
        Route("/healthz", health),
        Route("/metrics", metrics),
        Mount("/", _Measured(app, None if several else registry)),
    ]
    service = Starlette(routes=routes, lifespan=until_the_end)
    service.state.worker = app.state.worker
    return service


def settings_from_environment():
    """Read the settings of a service.

    Returns:
        `ServiceSettings`.

    Raises:
        ValueError: as `service_app`.
    """
    given = {
        name[len(PREFIX) :].lower(): value for name, value in os.environ.items() if name.startswith(PREFIX)
    }
    if "token" not in given:
        raise IndexNetError(
            f"Set {PREFIX}TOKEN to a string that nobody guesses; or to nothing, where a proxy decides who may "
            "use the service."
        )
    try:
        return ServiceSettings(**given)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"{PREFIX}{str(wrong['loc'][0]).upper()}"
        if wrong["type"] == "extra_forbidden":
            known = ", ".join(f"{PREFIX}{field.upper()}" for field in ServiceSettings.model_fields)
            raise IndexNetError(f"There is no setting {name}; there are {known}.") from error
        raise IndexNetError(f"{name} is {wrong['input']!r}: {wrong['msg']}.") from error


class _Measured:
    """Counts requests and their seconds, and sends the headers that the page needs with every answer."""

    def __init__(self, app, registry):
        from prometheus_client import Counter, Gauge, Histogram

        where = {} if registry is None else {"registry": registry}
        self._app = app
        self._requests = Counter("indexnet_requests", "Answers, by status.", ["task", "status"], **where)
        self._seconds = Histogram(
            "indexnet_request_seconds", "From a request to its answer.", ["task"], buckets=SECONDS, **where
        )
        self._in_line = Gauge(
            "indexnet_in_line", "Requests at this moment.", multiprocess_mode="livesum", **where
        )

    async def __call__(self, scope, receive, send):
        status = 500  # of a request that is not answered

        async def send_with_headers(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [(name.lower().encode(), value.encode()) for name, value in RESPONSE_HEADERS]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in TASKS:
            return await self._app(scope, receive, send_with_headers)
        task, begun = scope["path"][1:], time.monotonic()
        try:
            with self._in_line.track_inprogress():
                await self._app(scope, receive, send_with_headers)
        finally:
            self._requests.labels(task, status).inc()
            self._seconds.labels(task).observe(time.monotonic() - begun)
