import errno
import signal
import socket

import click

from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    model_option,
    polish_option,
    trust_option,
)
from keras_indexnet.cli.start import start_keras
from keras_indexnet.optional import required

HOST = "127.0.0.1"
LARGEST_UPLOAD = 1000  # MB; what is sent is kept in memory


def _megabytes(context, option, value):
    if not 0.001 <= value <= LARGEST_UPLOAD:  # also of NaN
        raise click.UsageError(
            f"--max-upload is a number of MB from 0.001 to {LARGEST_UPLOAD}, such as 32, not {value:g}."
        )
    return value


@click.command()
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes one that is free.")
@click.option("--max-upload", default=32.0, callback=_megabytes, help="Largest upload, in MB.")
@click.option("--open/--no-open", "open_browser", default=True, help="Open the page in the browser.")
@configuration_option
@model_option
@trust_option
@polish_option
def serve(port, max_upload, open_browser, configuration, weights, trust, polish):
    """Show a page in the browser on which photographs are cut out.

    Drop a photograph, draw a box around the subject or paint over its edge, and download the alpha matte and
    the cut-out. Only this computer can reach the page, and the photographs stay here. Ctrl-C ends it.
    """
    for package in ("fastapi", "uvicorn", "python_multipart"):
        required(package, "indexnet serve", "keras_indexnet[serve]")
    check_weights(weights)
    listening = _listen(port)  # before the network is opened, which takes longer
    start_keras()

    import uvicorn

    from keras_indexnet.web import RESPONSE_HEADERS, matting_app
    from keras_indexnet.web.limited_protocol import LimitedProtocol

    app = matting_app(weights, configuration, round(max_upload * 1e6), polish, trust)
    url = f"http://{HOST}:{listening.getsockname()[1]}"
    click.echo(f"{url} (Ctrl-C ends it)")
    if open_browser:
        click.launch(url)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=LimitedProtocol,
            lifespan="off",  # a second Ctrl-C would make a traceback of it
            log_level="warning",
            headers=list(RESPONSE_HEADERS),
            server_header=False,
            timeout_graceful_shutdown=1,  # then requests are given up
        )
    )
    for ending in (signal.SIGINT, signal.SIGTERM):  # uvicorn obeys them, and repeats them when it has ended
        signal.signal(ending, signal.SIG_IGN)
    server.run(sockets=[listening])
    app.state.worker.close()
    click.echo("Stopped.")


def _listen(port):
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {port} is in use: choose another with --port, or a free one with --port 0."
            ) from error
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
