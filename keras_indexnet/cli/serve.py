import errno
import ipaddress
import secrets
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

LARGEST_UPLOAD = 1000  # MB; what is sent is kept in memory


def _megabytes(context, option, value):
    if not 0.001 <= value <= LARGEST_UPLOAD:  # also of NaN
        raise click.UsageError(
            f"--max-upload is a number of MB from 0.001 to {LARGEST_UPLOAD}, such as 32, not {value:g}."
        )
    return value


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    help="The address of this computer to listen on, 0.0.0.0 for all; beyond 127.0.0.1 a token is needed.",
)
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes one that is free.")
@click.option("--max-upload", default=32.0, callback=_megabytes, help="Largest upload, in MB.")
@click.option("--open/--no-open", "open_browser", default=True, help="Open the page in the browser.")
@configuration_option
@model_option
@trust_option
@polish_option
def serve(host, port, max_upload, open_browser, configuration, weights, trust, polish):
    """Show a page in the browser on which photographs are cut out.

    Drop a photograph, click the subject, draw a box around it or paint over its edge, and download the alpha
    matte and the cut-out. Only this computer can reach the page, unless --host opens it to others, and the
    photographs stay here. Ctrl-C ends it.
    """
    for package in ("fastapi", "uvicorn", "python_multipart"):
        required(package, "indexnet serve", "keras_indexnet[serve]")
    check_weights(weights)
    listening = _listen(host, port)  # before the network is opened, which takes longer
    start_keras()

    import uvicorn

    from keras_indexnet.web import RESPONSE_HEADERS, matting_app
    from keras_indexnet.web.limited_protocol import LimitedProtocol

    bound = ipaddress.ip_address(listening.getsockname()[0])
    called = _in_url(_address_for_others(listening.family) if bound.is_unspecified else host)
    names = (called, _in_url(str(bound)), socket.gethostname(), f"{socket.gethostname()}.local")
    token = None if bound.is_loopback else secrets.token_urlsafe(24)
    app = matting_app(weights, configuration, round(max_upload * 1e6), polish, trust, names, token)
    url = f"http://{called}:{listening.getsockname()[1]}"
    if token:
        url += f"/?token={token}"
    click.echo(f"{url} (Ctrl-C ends it)")
    if token:
        click.echo("Whoever has this address can use the page. What is sent is not encrypted.")
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


def _listen(host, port):
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:  # the second for what can be no name
        if isinstance(error, socket.gaierror | UnicodeError) or error.errno == errno.EADDRNOTAVAIL:
            raise click.ClickException(
                f"{host!r} is no address of this computer; 0.0.0.0 stands for all that it has."
            ) from error
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {port} is in use: choose another with --port, or a free one with --port 0."
            ) from error
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error


def _in_url(host):
    return f"[{host}]" if ":" in host else host


def _address_for_others(family):
    """The address by which the network knows this computer, or its name; nothing is sent."""
    elsewhere = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # of nobody, reserved for examples
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((elsewhere, 9))
        except OSError:  # there is no network
            return socket.gethostname()
        return asking.getsockname()[0]
