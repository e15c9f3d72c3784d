import errno
import socket
from contextlib import suppress
from importlib.util import find_spec

import click

from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    model_option,
    polish_option,
    trust_option,
)
from keras_indexnet.cli.start import start_keras
from keras_indexnet.errors import MissingPackageError

HOST = "127.0.0.1"


@click.command()
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes one that is free.")
@click.option(
    "--max-upload", default=32.0, type=click.FloatRange(0, min_open=True), help="Largest upload, in MB."
)
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
    for package in ("fastapi", "uvicorn"):
        if find_spec(package) is None:
            raise MissingPackageError(f'indexnet serve needs {package}: pip install "keras_indexnet[serve]".')
    check_weights(weights)
    listening = _listen(port)  # before the network is opened, which takes longer
    start_keras()

    import uvicorn

    from keras_indexnet import inference
    from keras_indexnet.inference.polishing import check_pymatting
    from keras_indexnet.web import RESPONSE_HEADERS, matting_app

    if polish:
        check_pymatting()
    network = inference.open_model(weights, configuration, trust=trust)
    app = matting_app(network, round(max_upload * 1e6), polish)
    url = f"http://{HOST}:{listening.getsockname()[1]}"
    click.echo(f"{url} (Ctrl-C ends it)")
    if open_browser:
        click.launch(url)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            headers=list(RESPONSE_HEADERS),
            server_header=False,
            timeout_graceful_shutdown=1,  # requests that wait are given up, one that computes is finished
        )
    )
    with suppress(KeyboardInterrupt):  # how it is meant to end; not raised where a shell made it ignore Ctrl-C
        server.run(sockets=[listening])
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
