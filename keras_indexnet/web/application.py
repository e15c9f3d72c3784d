import asyncio
import base64
from importlib import resources
from urllib.parse import urlsplit

import cv2

from keras_indexnet import data, inference
from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference.compositing import NOT_ESTIMATED
from keras_indexnet.web.uploads import MAX_PHOTOGRAPH_PIXELS, read_upload

HOSTS = ("127.0.0.1", "localhost")
MAX_IN_LINE = 8  # requests, of which one computes: each keeps its upload in memory
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


def matting_app(network, max_upload=32_000_000, polish=None):
    """Make the web application: one page, and one address that cuts out.

    `POST /cutout` takes a form with the file `photograph` and one or more of `box` (text), `marks` and `trimap`
    (files; see `read_upload`). It answers JSON: `trimap`, `alpha` and `cutout`, each a PNG in base64, and
    `notes`, a list of sentences; or `detail`, a sentence that says what was wrong. It takes posts from its own
    page and from programs, not from pages of other sites, and writes nothing to disk.

    Args:
        network: what `inference.open_model` returns.
        max_upload: int, bytes of the largest form that is read.
        polish: bool, whether mattes are polished (`inference.polish_alpha`). None: unless there is a reason not
            to (`inference.why_not_to_polish`).

    Returns:
        `fastapi.FastAPI`.

    Raises:
        ImportError: if FastAPI is not installed (extra `serve`).

    Example:

    ```python
    uvicorn.run(matting_app(inference.open_model("indexnet_base")), headers=list(RESPONSE_HEADERS))
    ```
    """
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.concurrency import run_in_threadpool
    from fastapi.middleware.trustedhost import TrustedHostMiddleware
    from fastapi.staticfiles import StaticFiles

    app = FastAPI(openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    places = asyncio.Semaphore(MAX_IN_LINE)
    one_at_a_time = asyncio.Lock()  # the network has all cores already, and LiteRT must not be called twice

    @app.get("/limits")
    async def limits():
        return {"bytes": max_upload, "pixels": MAX_PHOTOGRAPH_PIXELS}

    @app.post("/cutout")
    async def cutout(request: Request):
        if not _is_from_here(request.headers):
            raise HTTPException(403, "Only the page of this server may send photographs to it.")
        if places.locked():
            raise HTTPException(
                503,
                f"{MAX_IN_LINE} photographs are in line already; try again in a minute.",
                {"Retry-After": "60"},
            )
        try:
            async with places:
                fields = await _read_form(request, max_upload)
                async with one_at_a_time:
                    return await run_in_threadpool(_cut_out, network, fields, polish)
        except IndexNetError as error:
            raise HTTPException(400, str(error)) from error
        except asyncio.CancelledError:  # the server stops, and waits for nobody in line
            raise HTTPException(503, "The server was stopped.") from None

    app.mount("/", StaticFiles(directory=resources.files("keras_indexnet.web") / "page", html=True))
    return app


def _is_from_here(headers):
    """Whether a request comes from the server's own page, or from a program, which sends neither header."""
    origin = headers.get("origin")
    same_host = origin is None or urlsplit(origin).netloc == headers.get("host")
    return same_host and headers.get("sec-fetch-site", "none") in ("same-origin", "none")


async def _read_form(request, max_upload):
    """Read the form's fields: bytes of files, and text."""
    from fastapi import HTTPException
    from starlette.formparsers import MultiPartException, MultiPartParser

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400, "Send a form (multipart/form-data) with a file 'photograph'.")
    parser = MultiPartParser(request.headers, _limited(request, max_upload), max_files=3, max_fields=1)
    parser.spool_max_size = 0  # a form is kept in memory, not in temporary files
    try:
        form = await parser.parse()
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


def _cut_out(network, fields, polish):
    image, trimap, notes = read_upload(**fields)
    if polish is None:
        polish = inference.why_not_to_polish(image, trimap) is None
    alpha = inference.predict_alpha(network, image, trimap, polish=polish)
    try:
        foreground = inference.estimate_foreground(image, alpha)
    except ImportError:
        foreground = image
        notes = [*notes, NOT_ESTIMATED]
    rgba = cv2.cvtColor(inference.cutout(foreground, alpha), cv2.COLOR_RGBA2BGRA)
    pictures = {"trimap": trimap, "alpha": data.eight_bit_matte(alpha), "cutout": rgba}
    return {name: _png(picture) for name, picture in pictures.items()} | {"notes": notes}


def _png(picture):
    return base64.b64encode(cv2.imencode(".png", picture)[1]).decode()
