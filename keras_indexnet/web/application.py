import asyncio
import logging
from collections.abc import Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.web.access import TokenMiddleware
from keras_indexnet.web.description import described
from keras_indexnet.web.uploads import MAX_PHOTOGRAPH_PIXELS
from keras_indexnet.web.worker import Worker, WorkerDiedError

HOSTS = ("127.0.0.1", "localhost")
MAX_IN_LINE = 8  # requests, of which one computes: each keeps its upload or its answer in memory
UPLOAD_SECONDS = 30
LINE_SECONDS = 900
ANSWER_SECONDS = 60
PART = 2**20  # bytes that are sent at once
# For the server to send with every response: nothing comes from elsewhere, and nobody frames the page.
RESPONSE_HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)


def matting_app(
    weights: StrPath,
    configuration: str | None = None,
    max_upload: int = 32_000_000,
    polish: bool | None = None,
    trust: bool = False,
    hosts: Sequence[str] = (),
    token: str | None = None,
    max_in_line: int = MAX_IN_LINE,
    memory: int | None = None,
    seconds: float | None = None,
):
    """Make the web application: one page, an address that cuts out, and one that only selects.

    `POST /cutout` takes a form with the file `photograph` and one or more of `box` (text), `marks` and `trimap`
    (files; see `read_upload`). It answers JSON: `trimap`, `alpha` and `cutout`, each a PNG in base64, and
    `notes`, a list of sentences; or `detail`, a sentence that says what was wrong. `POST /trimap` takes the
    same form and answers with `trimap` and `notes`, without the network. Both take posts from the
    application's own page and from programs, not from pages of other sites, and write nothing to disk.
    Pictures are decoded and computed by a process of their own, which is ended with the application. `GET
    /openapi.json` describes it all to programs.

    Args:
        weights: str or path, what `inference.open_model` takes.
        configuration: str, likewise.
        max_upload: int, bytes of the largest form that is read.
        polish: bool, whether mattes are polished (`inference.polish_alpha`). None: unless there is a reason not
            to (`inference.why_not_to_polish`).
        trust: bool, whether a SavedModel is opened, as by `inference.open_model`.
        hosts: names and addresses, beside those of the loopback, by which browsers call this computer; requests
            for others are refused.
        token: str that every request must carry (`web.access.TokenMiddleware`), or None: none must.
        max_in_line: int, requests that are let in at a time; one of them computes.
        memory: int, bytes that the process which computes may reserve. None: 8 GB.
        seconds: float, that it may take for a photograph. None: 600.

    Returns:
        `fastapi.FastAPI`.

    Raises:
        ImportError: if FastAPI is not installed (extra `serve`).
        ValueError: if the weights cannot be opened.

    Example:

    ```python
    from keras_indexnet.web.limited_protocol import LimitedProtocol

    uvicorn.run(matting_app("indexnet_base"), http=LimitedProtocol, headers=list(RESPONSE_HEADERS))
    ```
    """
    required("fastapi", "The page", "keras_indexnet[serve]")
    import anyio
    from fastapi import Depends, FastAPI, HTTPException, Request
    from fastapi.exception_handlers import http_exception_handler
    from fastapi.middleware.trustedhost import TrustedHostMiddleware
    from fastapi.staticfiles import StaticFiles
    from starlette.exceptions import HTTPException as AnyHTTPException

    worker = Worker(weights, configuration, polish, trust, memory, seconds)
    places = asyncio.Semaphore(max_in_line)
    line = anyio.Lock()

    @asynccontextmanager
    async def until_the_end(app):
        yield
        worker.close()

    # Without FastAPI's pages about it, which load scripts from elsewhere.
    app = FastAPI(
        title="indexnet",
        version=version("keras_indexnet"),
        docs_url=None,
        redoc_url=None,
        lifespan=until_the_end,
    )
    app.state.worker = worker
    if token is not None:
        app.add_middleware(TokenMiddleware, token=token)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HOSTS, *hosts])

    @app.exception_handler(AnyHTTPException)
    async def say_and_log(request, error):
        method, path = request.scope["method"], request.scope["path"]
        # Marks that are too few for a selection are no mistake of whoever goes on marking.
        level = logging.DEBUG if path == "/trimap" and error.status_code == 400 else logging.WARNING
        logging.getLogger(__name__).log(level, "%s %r: %d %s", method, path, error.status_code, error.detail)
        return await http_exception_handler(request, error)

    async def place(request: Request):
        """Let who may post have a place, until the answer is sent."""
        _check_it_is_from_here(request.headers)
        if places.locked():
            raise HTTPException(
                503,
                f"{max_in_line} photographs are in line already; try again in a minute.",
                {"Retry-After": "60"},
            )
        async with places:
            yield

    @app.get("/limits")
    async def limits() -> dict[str, int]:
        """What is refused above: bytes of a form, and pixels of a photograph."""
        return {"bytes": max_upload, "pixels": MAX_PHOTOGRAPH_PIXELS}

    @app.post("/cutout", dependencies=[Depends(place)], **described("trimap", "alpha", "cutout"))
    async def cutout(request: Request):
        """Cut the subject out of a photograph."""
        return await answer(request, "cutout")

    @app.post("/trimap", dependencies=[Depends(place)], **described("trimap"))
    async def trimap(request: Request):
        """Make the trimap alone, without the network."""
        return await answer(request, "trimap")

    async def answer(request, task):
        try:
            fields = await _read_form(request, max_upload)
            pictures = await _in_turn(line, request, worker.answer, task, fields)
        except IndexNetError as error:
            raise HTTPException(400, str(error)) from error
        except WorkerDiedError as error:
            raise HTTPException(503, str(error)) from error
        except asyncio.CancelledError:  # the server stops, and waits for nobody in line
            raise HTTPException(503, "The server was stopped.") from None
        return _answer(pictures)

    app.mount("/", StaticFiles(directory=Path(__file__).parent / "page", html=True))
    return app


def _check_it_is_from_here(headers):
    """Refuse what comes neither from the server's own page nor from a program, which sends neither header."""
    from fastapi import HTTPException

    origin = headers.get("origin")
    try:
        same_host = origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError as error:
        raise HTTPException(400, f"The header Origin cannot be read: {error}.") from error
    if not same_host or headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "Only the page of this server may send photographs to it.")


async def _read_form(request, max_upload):
    """Read the form's fields: bytes of files, and text."""
    from fastapi import HTTPException
    from starlette.formparsers import MultiPartException, MultiPartParser
    from starlette.requests import ClientDisconnect

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400, "Send a form (multipart/form-data) with a file 'photograph'.")
    parser = MultiPartParser(request.headers, _limited(request, max_upload), max_files=3, max_fields=1)
    parser.spool_max_size = 0  # a form is kept in memory, not in temporary files
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            form = await parser.parse()
    except TimeoutError as error:
        told = f"The upload took longer than {UPLOAD_SECONDS} seconds."
        raise HTTPException(408, told, {"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The upload was broken off.") from error
    except MultiPartException as error:
        raise HTTPException(400, f"The form cannot be read: {error.message}") from error
    fields = {}
    for name, kind in (("photograph", "file"), ("marks", "file"), ("trimap", "file"), ("box", "text")):
        value = form.get(name)
        if value is None:
            continue
        if isinstance(value, str) != (kind == "text"):
            raise HTTPException(400, f"The form's field {name!r} is a {kind}.")
        fields[name] = value if kind == "text" else await value.read()
    if "photograph" not in fields:
        raise HTTPException(400, "There is no photograph: the form has no file 'photograph'.")
    return fields


async def _limited(request, max_upload):
    """The parts of a body as they come, as long as they are not too many."""
    from fastapi import HTTPException

    told = request.headers.get("content-length", "")
    taken = int(told) if told.isdecimal() and int(told) > max_upload else 0
    body = request.stream()
    while taken <= max_upload:
        part = await anext(body, None)
        if part is None:
            return
        taken += len(part)
        yield part
    raise HTTPException(
        413,
        f"The upload is larger than {max_upload / 1e6:g} MB; send a smaller file.",
        {"Connection": "close"},  # or the rest would still be sent, and thrown away
    )


async def _in_turn(line, request, function, *arguments):
    """Call a function in a thread when it is a request's turn, unless the client leaves the line before."""
    import anyio
    from fastapi import HTTPException

    async def leave():
        while (await request.receive())["type"] != "http.disconnect":
            pass
        waiting.cancel()

    with anyio.move_on_after(LINE_SECONDS) as waiting:
        leaving = asyncio.create_task(leave())
        try:
            async with line:
                return await anyio.to_thread.run_sync(function, *arguments)  # which is not cancelled
        finally:
            leaving.cancel()
    raise HTTPException(503, "The client left, or waited too long until it was its turn.")


def _answer(encoded):
    """A response that is sent in parts, so that it keeps its place until the last one was taken."""
    import anyio
    from starlette.responses import Response

    class InParts(Response):
        media_type = "application/json"

        async def __call__(self, scope, receive, send):
            with anyio.move_on_after(ANSWER_SECONDS):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                for start in range(0, len(self.body), PART):
                    part = self.body[start : start + PART]
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body"})

    return InParts(encoded)
