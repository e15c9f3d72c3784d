"""`indexnet serve`: the server under good, bad and many requests."""

import asyncio
import base64
import contextlib
import io
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image
from serving import MAX_UPLOAD, running  # which skips these tests where the extra `serve` is not installed
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles

from keras_indexnet import data, inference
from keras_indexnet.cli.group import main
from keras_indexnet.web import (
    UNMARKED,
    application,
    limited_protocol,
    trimap_from_marks,
)
from keras_indexnet.web import worker as worker_module
from keras_indexnet.web.access import NO_TOKEN, TokenMiddleware
from keras_indexnet.web.application import MAX_IN_LINE
from keras_indexnet.web.border import trimap_within_border

httpx = pytest.importorskip("httpx", reason="httpx is not installed")

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
PAGE = Path(application.__file__).parent / "page"


@pytest.fixture(scope="module")
def running_server(small_tflite):
    with running(small_tflite) as server:
        yield server


@pytest.fixture
def server(running_server):
    return running_server.url


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    return stream.getvalue()


def photograph(shape=(80, 96), colour=(220, 60, 30)):
    """A square before grey."""
    image = np.full((*shape, 3), 40, "uint8")
    image[20:60, 30:70] = colour
    return image


def layer(shape=(80, 96), **rectangles):
    """Marks: `foreground`, `background` and `unknown`, each top, bottom, left, right."""
    marks = np.zeros((*shape, 4), "uint8")
    for name, (top, bottom, left, right) in rectangles.items():
        level = {"foreground": 255, "background": 0, "unknown": 128}[name]
        marks[top:bottom, left:right] = level, level, level, 255
    return marks


def post(server, headers=None, timeout=60, task="cutout", **fields):
    files = {name: (name, value) for name, value in fields.items() if isinstance(value, bytes)}
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    return httpx.post(f"{server}/{task}", files=files, data=texts, headers=headers, timeout=timeout)


def picture(answer, name, flags=cv2.IMREAD_UNCHANGED):
    encoded = np.frombuffer(base64.b64decode(answer.json()[name]), np.uint8)
    return cv2.imdecode(encoded, flags)


def png_that_claims(width, height):
    chunks = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


GOOD = png(photograph())
BOX = "26,16,48,48"


def test_a_box_gives_what_python_gives(server, small_tflite):
    answer = post(server, photograph=GOOD, box=BOX)
    assert answer.status_code == 200, answer.text
    trimap = data.trimap_from_box(photograph(), (26, 16, 48, 48))
    model = inference.open_model(small_tflite)
    alpha = inference.predict_alpha(model, photograph(), trimap, polish=True)
    np.testing.assert_array_equal(picture(answer, "trimap"), trimap)
    np.testing.assert_array_equal(picture(answer, "alpha"), np.rint(alpha * 255))
    np.testing.assert_array_equal(picture(answer, "cutout")[..., 3], picture(answer, "alpha"))
    np.testing.assert_array_equal(picture(answer, "cutout")[40, 50, 2::-1], (220, 60, 30))


def test_the_trimap_alone_is_that_of_the_cut_out(server):
    marks = png(layer(foreground=(35, 45, 45, 55)))
    for fields in ({"box": BOX}, {"marks": marks}):
        selected = post(server, task="trimap", photograph=GOOD, **fields)
        assert selected.status_code == 200, selected.text
        cut = post(server, photograph=GOOD, **fields).json()
        assert selected.json() == {"trimap": cut["trimap"], "notes": cut["notes"]}
        assert picture(selected, "trimap")[40, 50] == 255 and picture(selected, "trimap")[5, 5] == 0
    refused = post(server, task="trimap", photograph=GOOD)
    assert refused.status_code == 400 and refused.json()["detail"].startswith("Nothing is marked")
    assert post(server, {"Origin": "http://evil.example"}, task="trimap", photograph=GOOD).status_code == 403


def test_painted_marks_are_in_the_trimap_as_they_were_painted(server):
    marks = layer(foreground=(0, 4, 0, 96), background=(35, 45, 45, 55), unknown=(70, 80, 10, 20))
    trimap = picture(post(server, photograph=GOOD, box=BOX, marks=png(marks)), "trimap")
    assert (trimap[:4] == 255).all() and (trimap[35:45, 45:55] == 0).all()
    assert (trimap[70:80, 10:20] == 128).all()


def test_a_ready_trimap_is_used_and_painted_over(server):
    trimap = np.full((40, 48), 128, "uint8")  # half the size
    trimap[:, :10], trimap[:, 30:] = 0, 255
    answer = post(server, photograph=GOOD, trimap=png(trimap), marks=png(layer(background=(0, 9, 80, 90))))
    expected = np.repeat(np.repeat(trimap, 2, axis=0), 2, axis=1)
    expected[:9, 80:90] = 0
    np.testing.assert_array_equal(picture(answer, "trimap"), expected)
    assert answer.json()["notes"] == ["The trimap was resized from 48 x 40 to 96 x 80 pixels."]


def test_a_photograph_that_the_camera_turned_is_upright(server):
    turned = Image.fromarray(photograph().transpose(1, 0, 2)[::-1].copy())
    exif = Image.Exif()
    exif[274] = 6  # to be shown turned by a quarter to the right
    stream = io.BytesIO()
    turned.save(stream, "jpeg", quality=95, exif=exif)
    answer = post(server, photograph=stream.getvalue(), box=BOX)
    assert picture(answer, "alpha").shape == (80, 96)
    np.testing.assert_allclose(picture(answer, "cutout")[40, 50, 2::-1], (220, 60, 30), atol=4)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"photograph": b"not a picture", "box": BOX}, "The photograph is not an image that can be read"),
        ({"photograph": b"", "box": BOX}, "The photograph is not an image that can be read"),
        (
            {"photograph": GOOD[: len(GOOD) // 2], "box": BOX},
            "The photograph is not an image that can be read, or it is damaged",
        ),
        (
            {"photograph": png_that_claims(30_000, 30_000), "box": BOX},
            "The photograph is 30000 x 30000 pixels, too many",
        ),
        ({"photograph": png_that_claims(6000, 5000), "box": BOX}, "is 6000 x 5000 pixels, too many"),
        ({"marks": GOOD, "box": BOX}, "There is no photograph"),
        ({"photograph": GOOD}, "Nothing is marked"),
        ({"photograph": GOOD, "marks": png(layer())}, "Nothing is marked"),
        ({"photograph": GOOD, "box": "1,2,3"}, "in whole pixels such as 40,25,300,420, or in per cents"),
        ({"photograph": GOOD, "box": "200,10,20,20"}, "it lies outside the photograph, which is 96 x 80"),
        ({"photograph": GOOD, "box": "10,10,0,20"}, "A box is wider and higher than 0 pixels"),
        ({"photograph": GOOD, "box": b"1,2,3,4"}, "The form's field 'box' is a text"),
        ({"photograph": "text", "box": BOX, "marks": b""}, "The form cannot be read: Too many fields"),
        ({"photograph": GOOD, "marks": b"nothing"}, "The picture of the marks is not an image"),
        ({"photograph": GOOD, "marks": GOOD}, "The marks are painted on a transparent layer"),
        ({"photograph": GOOD, "marks": png(layer((96, 80)))}, "they must show the same picture"),
        (
            {"photograph": GOOD, "marks": png(layer(background=(30, 40, 40, 50)))},
            "Only what to remove is marked",
        ),
        ({"photograph": GOOD, "marks": png(layer(unknown=(30, 40, 40, 50)))}, "does not separate the subject"),
        ({"photograph": GOOD, "trimap": png(np.zeros((80, 96), "uint8"))}, "The trimap's values reach only 0"),
        ({"photograph": GOOD, "trimap": GOOD, "box": BOX}, "only one of them can be followed"),
    ],
)
def test_a_bad_upload_is_answered_with_one_sentence(server, fields, message):
    answer = post(server, **fields)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["detail"] and message in answer.json()["detail"]


def test_what_is_no_form_is_refused(server):
    answer = httpx.post(f"{server}/cutout", json={"photograph": "x"})
    assert answer.status_code == 400 and "Send a form" in answer.json()["detail"]
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{server}/cutout", content=b"no boundary", headers=headers)
    assert answer.status_code == 400 and "The form cannot be read" in answer.json()["detail"]


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(server):
    with socket.create_connection(("127.0.0.1", int(server.rsplit(":", 1)[1]))) as connection:
        connection.settimeout(10)
        head = "POST /cutout HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        connection.sendall(f"{head}Content-Length: 10000000000\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()  # until it hangs up
    assert answer.startswith("HTTP/1.1 413")
    assert "The upload is larger than 4 MB; send a smaller file." in answer


def test_an_upload_that_does_not_tell_its_size_is_cut_off(server):
    sent = []

    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="photograph"; filename="a"\r\n\r\n'
        for _ in range(500):
            sent.append(len(sent))
            yield bytes(100_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = httpx.post(f"{server}/cutout", content=body(), headers=headers, timeout=30)
        assert answer.status_code == 413
    except httpx.WriteError:  # it hung up before all was sent
        pass
    assert len(sent) < 500


def test_no_temporary_file_is_needed(server, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    noise = np.random.default_rng(0).integers(0, 255, (700, 700, 3), "uint8")
    trimap = np.full((700, 700), 128, "uint8")
    encoded = png(noise)
    assert len(encoded) > 2**20  # more than a form keeps in memory unless it is told to
    assert post(server, photograph=encoded, trimap=png(trimap)).status_code == 200


def test_parallel_requests_give_what_single_ones_give(server):
    colours = [(220, 60, 30), (30, 220, 60), (60, 30, 220), (200, 200, 20)]
    requests = [{"photograph": png(photograph(colour=colour)), "box": BOX} for colour in colours]
    single = [post(server, **request).json() for request in requests]
    with ThreadPoolExecutor(4) as pool:
        parallel = [answer.json() for answer in pool.map(lambda request: post(server, **request), requests)]
    assert parallel == single
    assert len({answer["cutout"] for answer in single}) == len(colours)


@pytest.fixture
def held_up(running_server):
    """A server whose worker stands still until `resume` is called."""
    process = running_server.process
    process.suspend()
    yield running_server
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()


def test_one_request_computes_at_a_time_and_a_long_line_is_turned_away(held_up):
    with ThreadPoolExecutor(MAX_IN_LINE + 1) as pool:
        requests = [pool.submit(post, held_up.url, photograph=GOOD, box=BOX) for _ in range(MAX_IN_LINE + 1)]
        turned_away = next(as_completed(requests)).result()
        held_up.process.resume()
        assert turned_away.status_code == 503 and turned_away.headers["retry-after"] == "60"
        assert turned_away.json()["detail"] == "8 photographs are in line already; try again in a minute."
        answers = [request.result().status_code for request in requests]
    assert sorted(answers) == [200] * MAX_IN_LINE + [503]


@pytest.mark.matrix
def test_who_waits_when_the_server_stops_is_told(small_tflite, caplog):
    with ThreadPoolExecutor(2) as pool:
        with running(small_tflite) as server:
            server.process.suspend()
            requests = [pool.submit(post, server.url, photograph=GOOD, box=BOX) for _ in range(2)]
            time.sleep(0.5)  # one of them is sent to the worker, the other one waits
        answers = [request.result() for request in requests]
    assert [answer.json()["detail"] for answer in answers] == ["The server was stopped."] * 2
    assert server.worker._process.returncode is not None
    assert "Traceback" not in caplog.text


def talk(server, *parts):
    """Open a connection and send."""
    connection = socket.create_connection(("127.0.0.1", int(server.rsplit(":", 1)[1])), timeout=20)
    for part in parts:
        connection.sendall(part if isinstance(part, bytes) else part.encode("latin-1"))
    return connection


def heard(connection):
    """What is answered until the server hangs up."""
    answer = b""
    with connection, contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            answer += part
    return answer.decode("latin-1")


def form(**fields):
    """The head and the body of a request as httpx sends them."""
    files = {name: (name, value) for name, value in fields.items() if isinstance(value, bytes)}
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    request = httpx.Request("POST", "http://localhost/cutout", files=files, data=texts)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /cutout HTTP/1.1\r\n{head}\r\n", request.read()


def test_who_does_not_send_a_request_is_hung_up_on(server, monkeypatch):
    monkeypatch.setattr(limited_protocol, "HEAD_SECONDS", 1)
    silent, slow = talk(server), talk(server, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    again = talk(server, "GET /limits HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.3)
    again.sendall(b"GET / HTTP/1.1\r\nHost: ")  # the head of a second request
    begun = time.monotonic()
    for _ in range(20):
        time.sleep(0.1)
        with contextlib.suppress(OSError):
            slow.sendall(b"x")
    assert not heard(silent) and not heard(slow) and heard(again).count("HTTP/1.1") == 1
    assert time.monotonic() - begun < 5


def test_stalled_uploads_lose_their_places(server, monkeypatch, caplog):
    monkeypatch.setattr(application, "UPLOAD_SECONDS", 2)
    head, body = form(photograph=GOOD, box=BOX)
    stalled = [talk(server, head, body[:-20]) for _ in range(MAX_IN_LINE)]
    time.sleep(0.5)
    assert post(server, photograph=GOOD, box=BOX).status_code == 503
    for connection in stalled:
        answer = heard(connection)
        assert answer.startswith("HTTP/1.1 408") and "The upload took longer than 2 seconds." in answer
    assert post(server, photograph=GOOD, box=BOX).status_code == 200
    assert "Traceback" not in caplog.text


def test_answers_that_nobody_takes_lose_their_places(server, monkeypatch):
    monkeypatch.setattr(application, "ANSWER_SECONDS", 1)
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), "uint8")
    trimap = np.repeat(np.uint8([[0] * 490 + [128] * 20 + [255] * 490]), 1000, axis=0)
    head, body = form(photograph=png(noise), trimap=png(trimap))
    connection = talk(server, head, body)
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    time.sleep(1.5)
    answer = heard(connection)
    assert 0 < len(answer) < 4_000_000  # of 5 MB that noise takes


def test_who_left_is_not_computed_for_and_leaves_one_line(held_up, caplog):
    url, process = held_up.url, held_up.process
    noise = np.random.default_rng(0).integers(0, 255, (400, 400, 3), "uint8")
    head, body = form(photograph=png(noise), box="100,100,200,200")
    first = talk(url, *form(photograph=GOOD, box=BOX))
    time.sleep(0.3)
    before = process.io_counters().read_chars
    waiting = [talk(url, head, body) for _ in range(MAX_IN_LINE - 1)]
    time.sleep(0.3)
    assert post(url, photograph=GOOD, box=BOX).status_code == 503
    caplog.clear()
    for connection in waiting:
        connection.close()
    time.sleep(0.3)
    with ThreadPoolExecutor(1) as pool:
        last = pool.submit(post, url, photograph=GOOD, box=BOX)  # there are places again
        time.sleep(0.3)
        process.resume()
        assert last.result().status_code == 200
    assert first.recv(100).startswith(b"HTTP/1.1 200")
    first.close()
    assert process.io_counters().read_chars - before < len(body)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == MAX_IN_LINE - 1 and all("503 The client left" in line for line in told)
    assert "Traceback" not in caplog.text


def test_an_upload_that_is_broken_off_leaves_one_line(server, caplog):
    head, body = form(photograph=GOOD, box=BOX)
    for count in (0, 1, len(body) // 2, len(body) - 1):
        caplog.clear()
        talk(server, head, body[:count]).close()
        time.sleep(0.3)
        assert [record.getMessage() for record in caplog.records] == [
            "POST '/cutout': 400 The upload was broken off."
        ]
    assert "Traceback" not in caplog.text


HEAD = {
    "request": "POST /cutout HTTP/1.1",
    "Host": "localhost",
    "Content-Type": "multipart/form-data; boundary=x",
    "Content-Length": "0",
}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://["},
        {"Origin": "http://[::1"},
        {"Origin": "http://a]b"},
        {"Host": "localhost:["},
        {"Host": "[::1"},
        {"Host": "localhost:port"},
        {"Host": ""},
        {"Content-Length": "many"},
        {"Content-Length": "-1"},
        {"Content-Length": "1, 2"},
        {"Content-Length": "\xb2"},
        {"Content-Type": ""},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary="},
        {"Content-Type": f"multipart/form-data; boundary={'x' * 9999}"},
        {"Content-Type": "multipart/form-data; boundary=\xff\xfe"},
        {"Content-Type": "multipart/form-data; boundary*=utf-8''%ff; charset=nonsense"},
        {"Content-Type": "multipart/form-data; boundary*=nonsense'%"},
        {"Content-Type": 'multipart/form-data; boundary="'},
        {"Content-Type": "multipart/form-data; charset=\0; boundary=x"},
        {"Content-Type": "multipart/form-data;boundary=x; charset=idna"},
        {"Transfer-Encoding": "chunked, nonsense"},
        {"request": "POST /cutout HTTP/9.9"},
        {"request": "POST http://[/cutout HTTP/1.1"},
        {"request": "POST //[ HTTP/1.1"},
        {"request": "GET /%00 HTTP/1.1"},
        {"request": "GET /..%2f..%2fetc/passwd HTTP/1.1"},
        {"request": "GET /%ff HTTP/1.1", "If-Modified-Since": "\xff"},
        {"request": f"GET /{'x' * 5000} HTTP/1.1"},
        {"request": "GET /page.js HTTP/1.1", "Range": "bytes=9-1,x-", "If-Modified-Since": "yesterday"},
        {"request": "GET / HTTP/1.1", "Upgrade": "websocket", "Connection": "Upgrade, close"},
        {"request": "nonsense"},
    ],
    ids=lambda headers: " ".join(f"{name}={value!r}" for name, value in headers.items())[:60],
)
def test_a_header_that_cannot_be_read_is_the_clients_mistake(server, headers, caplog):
    headers = HEAD | {"Connection": "close"} | headers
    request = headers.pop("request")
    lines = [request, *(f"{name}: {value}" for name, value in headers.items())]
    answer = heard(talk(server, "\r\n".join(lines), "\r\n\r\n"))
    if request.startswith("GET"):
        assert answer[9:12] in ("200", "400", "404", "416"), answer
    else:
        assert answer[9:12] in ("400", "404", "405"), answer
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "part",
    [
        "form-data; name=\"photograph\"; filename*=utf-8''%ff",
        "form-data; name*=nonsense''%ff; filename=a",
        "form-data; name=\xff\xfe; filename=\xff",
        "form-data; filename=a",
        "",
        "\0",
        'form-data; name="',
    ],
)
def test_a_part_that_cannot_be_read_is_the_clients_mistake(server, part):
    body = f"--x\r\nContent-Disposition: {part}\r\nContent-Type: \xff\r\n\r\nabc\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{server}/cutout", content=body.encode("latin-1"), headers=headers)
    assert answer.status_code == 400 and list(answer.json()) == ["detail"]


def test_a_worker_that_dies_costs_one_answer(held_up):
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(post, held_up.url, photograph=GOOD, box=BOX)
        time.sleep(0.3)
        held_up.process.kill()
        answer = request.result()
    assert (
        answer.status_code == 503 and "It took more than 8 GB of memory, or failed" in answer.json()["detail"]
    )
    assert post(held_up.url, photograph=GOOD, box=BOX).status_code == 200


@pytest.mark.matrix
def test_a_photograph_may_take_so_long_and_no_longer(held_up, monkeypatch):
    monkeypatch.setattr(worker_module, "SECONDS", 1)
    answer = post(held_up.url, photograph=GOOD, box=BOX)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "It took more than 1 seconds; try a smaller photograph."
    monkeypatch.undo()
    assert post(held_up.url, photograph=GOOD, box=BOX).status_code == 200


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process reserves")
def test_a_photograph_may_take_so_much_memory_and_no_more(running_server):
    process = running_server.process
    assert process.rlimit(psutil.RLIMIT_DATA)[0] == worker_module.MEMORY
    large = np.zeros((4000, 4000, 3), "uint8")
    large[1000:3000, 1000:3000] = 200
    enough = process.memory_info().data + 100_000_000
    process.rlimit(psutil.RLIMIT_DATA, (enough, enough))
    answer = post(running_server.url, photograph=png(large), trimap=png(np.full((4000, 4000), 128, "uint8")))
    assert answer.status_code in (400, 503) and "memory" in answer.json()["detail"]
    assert post(running_server.url, photograph=GOOD, box=BOX).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),  # a name that was made to point here
        ({"Host": "127.0.0.1.evil.example"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),  # another program's page on this computer
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "{server}"}, 200),
        ({}, 200),
    ],
)
def test_only_its_own_page_and_programs_may_post(server, headers, status):
    headers = {name: value.format(server=server) for name, value in headers.items()}
    assert post(server, headers, photograph=GOOD, box=BOX).status_code == status


def test_every_response_forbids_what_comes_from_elsewhere(server):
    for path in ("/", "/page.js", "/limits", "/nothing"):
        headers = httpx.get(server + path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' data: blob:")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
    assert httpx.get(f"{server}/limits").json() == {"bytes": MAX_UPLOAD, "pixels": 25_000_000}
    paths = ("/", "/page.js", "/marks.js", "/back_end.js", "/newest.js", "/view.js", "/page.css")
    page = "".join(httpx.get(server + path).raise_for_status().text for path in paths)
    assert "https://" not in page and "http://" not in page.replace("http://www.w3.org", "")


def test_a_painted_band_needs_no_box_and_may_end_at_the_border():
    image = np.zeros((60, 80, 3), "uint8")
    marks = np.full((60, 80), UNMARKED, "uint8")
    marks[20:, 20:24] = marks[20:, 50:54] = marks[20:24, 20:54] = 128  # down to the lower border
    trimap = trimap_from_marks(image, marks)
    assert (trimap[24:, 24:50] == 255).all() and (trimap[marks == 128] == 128).all()
    assert (trimap[:20] == 0).all() and (trimap[:, :20] == 0).all() and (trimap[:, 54:] == 0).all()

    marks[40:44, 24:50] = 128  # the part below is between an arm and the body
    marks[50, 30] = 0
    trimap = trimap_from_marks(image, marks)
    assert (trimap[24:40, 24:50] == 255).all() and (trimap[44:, 24:50] == 0).all()


def test_what_to_keep_makes_background_of_the_other_parts_at_the_border():
    marks = np.full((60, 80), UNMARKED, "uint8")
    marks[:, 30:34] = marks[:, 60:64] = 128  # from top to bottom, on both sides of the subject
    image = np.zeros((60, 80, 3), "uint8")
    assert (trimap_from_marks(image, marks)[:, 64:] == 255).all()  # the left part has more of the border
    marks[30, 45] = 255
    trimap = trimap_from_marks(image, marks)
    assert (trimap[:, 34:60] == 255).all() and (trimap[:, :30] == 0).all() and (trimap[:, 64:] == 0).all()


def test_a_gap_between_two_strokes_of_the_band_is_unknown():
    marks = np.full((100, 100), UNMARKED, "uint8")
    marks[30:70, 30:70] = 128
    marks[40:60, 40:60] = UNMARKED
    marks[35:37, 35:37] = UNMARKED
    trimap = trimap_from_marks(np.zeros((100, 100, 3), "uint8"), marks)
    assert (trimap[35:37, 35:37] == 128).all() and (trimap[40:60, 40:60] == 255).all()


def test_an_open_band_leaves_it_to_colours_and_strokes():
    marks = np.full((80, 96), UNMARKED, "uint8")
    marks[18:22, 30:70] = 128
    marks[35:45, 45:55], marks[:, 4:10] = 255, 0
    trimap = trimap_from_marks(photograph(), marks)
    assert trimap[50, 60] == 255 and trimap[70, 80] == 0
    assert (trimap[18:22, 30:70] == 128).all()


def test_a_click_on_the_subject_selects_it_and_others_correct_it():
    image = np.asarray(Image.open(SAMPLES / "dahlia.jpg"))
    known = np.asarray(Image.open(SAMPLES / "dahlia_trimap.png"))
    marks = np.full(known.shape, UNMARKED, np.uint8)
    for place, level in (((320, 213), 255), ((345, 415), 0), ((290, 150), 255)):  # the second on another flower
        cv2.circle(marks, place, 6, level, -1)
        trimap = trimap_within_border(image, marks)
        sure = trimap != 128
        assert (trimap[(known == 255) & sure] == 255).mean() > 0.99
        assert (trimap[(known == 0) & sure] == 0).mean() > 0.97
        assert sure.mean() > 0.75 and (trimap == marks)[marks != UNMARKED].all()


def test_a_subject_that_reaches_the_border_is_not_cut_off_there():
    image = np.full((80, 96, 3), 40, "uint8")
    image[20:, :50] = 220, 60, 30  # to the left and to the lower border
    marks = np.full((80, 96), UNMARKED, "uint8")
    marks[48:52, 20:24] = 255
    trimap = trimap_within_border(image, marks)
    assert (trimap[24:, :46] == 255).all() and (trimap[:16] == 0).all() and (trimap[:, 54:] == 0).all()


def test_where_a_soft_edge_or_a_box_separates_the_border_says_nothing():
    marks = np.full((60, 80), UNMARKED, "uint8")
    marks[30:34] = 128  # from border to border
    marks[10, 40] = 255  # above it
    image = np.zeros((60, 80, 3), "uint8")
    np.testing.assert_array_equal(trimap_within_border(image, marks), trimap_from_marks(image, marks))
    box = (26, 16, 48, 48)
    marks = np.full((80, 96), UNMARKED, "uint8")
    marks[40, 50] = 255
    expected = trimap_from_marks(photograph(), marks, box)
    np.testing.assert_array_equal(trimap_within_border(photograph(), marks, box), expected)
    marks[18:22, 30:50] = 128  # an open edge
    trimap = trimap_within_border(photograph(), marks)
    assert (trimap[18:22, 30:50] == 128).all() and trimap[50, 60] == 255 and trimap[70, 90] == 0


@pytest.fixture
def guarded():
    """A browser's requests to an application that asks for the token `open sesame`."""
    guarded = Starlette()
    guarded.add_middleware(TokenMiddleware, token="open sesame")
    guarded.mount("/", StaticFiles(directory=PAGE, html=True))
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://127.0.0.1")
    return lambda method, address, **more: asyncio.run(browser.request(method, address, **more))


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("?token=", {}),
        ("?token=open%20sesam", {}),
        ("?token=open%20sesame2", {}),
        ("?token=%ff%fe", {}),
        ("?Token=open%20sesame", {}),
        ("", {"Authorization": "Bearer open"}),
        ("", {"Authorization": "Basic open sesame"}),
        ("", {"Authorization": b"Bearer \xff"}),
        ("", {"Cookie": "indexnet_token=open"}),
        ("", {"Cookie": b"indexnet_token=\xff"}),
        ("", {"Cookie": "other=open sesame"}),
    ],
)
def test_who_has_no_token_is_told_so(guarded, query, headers):
    answer = guarded("GET", f"/{query}", headers=headers)
    assert answer.status_code == 403 and answer.text == NO_TOKEN and "set-cookie" not in answer.headers
    answer = guarded("POST", f"/cutout{query}", headers=headers)
    assert answer.status_code == 403 and answer.json() == {"detail": NO_TOKEN}


def test_the_token_of_the_address_becomes_a_cookie_for_the_page_alone(guarded):
    assert guarded("GET", "/page.js", headers={"Authorization": "Bearer open sesame"}).status_code == 200
    assert guarded("GET", "/page.js").status_code == 403
    answer = guarded("GET", "/?token=open%20sesame")
    assert answer.status_code == 200 and "Cut out a photograph" in answer.text
    assert answer.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert guarded("GET", "/page.js").status_code == 200  # with the cookie
    with pytest.raises(ValueError, match="not an empty one"):
        TokenMiddleware(None, "")


@pytest.mark.matrix
def test_other_computers_need_the_token_that_the_command_prints(small_tflite):
    with command(small_tflite, "--host", "0.0.0.0") as (process, url):
        address, token = url.split("/?token=")
        assert len(token) >= 32
        assert process.stdout.readline().startswith("Whoever has this address can use the page.")
        assert httpx.get(f"{address}/").text == NO_TOKEN
        assert post(address, photograph=GOOD, box=BOX).json() == {"detail": NO_TOKEN}
        headers = {"Authorization": f"Bearer {token}"}
        assert post(address, headers, photograph=GOOD, box=BOX).status_code == 200
        evil = {**headers, "Origin": "http://evil.example"}
        assert post(address, evil, photograph=GOOD, box=BOX).status_code == 403
        assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 400
        port = address.rsplit(":", 1)[1]
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 403  # from this computer, too
        with httpx.Client() as browser:
            assert browser.get(url).status_code == 200 and browser.get(f"{address}/limits").status_code == 200


@pytest.mark.matrix
def test_the_loopback_of_ipv6_needs_no_token_either(small_tflite):
    with command(small_tflite, "--host", "::1") as (_, url):
        assert url.startswith("http://[::1]:") and "token" not in url
        assert "Cut out a photograph" in httpx.get(f"{url}/").text
        assert post(url, {"Origin": url}, photograph=GOOD, box=BOX).status_code == 200


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid", "2001:db8::7", "a b", "a..b"])
def test_a_host_that_is_not_this_computer_is_named(host, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--no-open", "--port", "0", "--host", host])
    assert stopped.value.code == 1
    said = f"Error: {host!r} is no address of this computer; 0.0.0.0 stands for all that it has.\n"
    assert capsys.readouterr().err == said


def test_a_port_in_use_and_a_missing_extra_end_with_one_sentence(capsys, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as stopped:
        port = taken.getsockname()[1]
        main(["serve", "--no-open", "--port", str(port)])
    assert stopped.value.code == 1
    said = f"Error: Port {port} is in use: choose another with --port, or a free one with --port 0.\n"
    assert capsys.readouterr().err == said
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # as Python does for what is not there
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--no-open", "--port", "0"])
    assert stopped.value.code == 1
    said = "Error: indexnet serve needs uvicorn: pip install 'keras_indexnet[serve]'.\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("value", ["inf", "nan", "0", "-1", "1e-9", "1e300"])
def test_a_largest_upload_that_is_none_is_refused(value, capsys):
    with pytest.raises(SystemExit):
        main(["serve", "--no-open", "--max-upload", value])
    usage, said = capsys.readouterr().err.splitlines()
    assert usage.startswith("Usage: ")
    assert said.startswith("Error: --max-upload is a number of MB from 0.001 to 1000, ")


@contextlib.contextmanager
def command(weights, *more):
    """The command as a process, and the address that it prints."""
    arguments = ["serve", "--no-open", "--port", "0", "--weights", str(weights), *more]
    process = subprocess.Popen(
        [sys.executable, "-c", f"from keras_indexnet.cli.group import main; main({arguments!r})"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline().split()[0]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("signals", "busy"),
    [
        ([signal.SIGINT], False),
        pytest.param([signal.SIGTERM], False, marks=pytest.mark.matrix),
        pytest.param([signal.SIGTERM], True, marks=pytest.mark.matrix),
        pytest.param([signal.SIGINT], True, marks=pytest.mark.matrix),
        pytest.param([signal.SIGINT, signal.SIGINT], True, marks=pytest.mark.matrix),
        pytest.param([signal.SIGTERM, signal.SIGINT, signal.SIGINT], True, marks=pytest.mark.matrix),
    ],
    ids=lambda value: (
        "+".join(each.name for each in value) if isinstance(value, list) else "busy" if value else "idle"
    ),
)
def test_the_command_prints_its_address_and_ends_when_it_is_told_to(small_tflite, signals, busy):
    with command(small_tflite) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        assert post(url, photograph=GOOD, box=BOX).status_code == 200
        (worker,) = psutil.Process(process.pid).children()
        if busy:
            worker.suspend()
            connections = [talk(url, *form(photograph=GOOD, box=BOX)) for _ in range(3)]
            connections += [talk(url, form(photograph=GOOD, box=BOX)[0]), talk(url)]
            time.sleep(0.5)
        for each in signals:
            process.send_signal(each)
            time.sleep(0.2)
        said, complaints = process.communicate(timeout=30)
        assert process.returncode == 0 and said == "Stopped.\n"
        assert "Traceback" not in complaints, complaints
        assert not worker.is_running()


def numbered(number):
    """A photograph and a trimap that nobody else sends."""
    height, width = 64 + number % 7, 80 + number % 11
    image = np.full((height, width, 3), 40, "uint8")
    image[16:48, 20:60] = number % 256, 255 - number // 256 * 60, 60 + number * 7 % 190
    trimap = np.zeros((height, width), "uint8")
    trimap[12:52, 16:64] = 128
    trimap[20:44, 24:56] = 255
    trimap[0, number % width] = 255
    return image, trimap


def good_request(server, number):
    """Send a photograph, check that what comes back is its own, and return how long it took."""
    image, trimap = numbered(number)
    while True:
        begun = time.monotonic()
        answer = post(server, photograph=png(image), trimap=png(trimap), timeout=300)
        if answer.status_code != 503:  # the line was long
            break
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    assert answer.status_code == 200, answer.text
    np.testing.assert_array_equal(picture(answer, "trimap"), trimap)
    alpha, cutout = picture(answer, "alpha"), picture(answer, "cutout")
    np.testing.assert_array_equal(alpha[trimap != 128], trimap[trimap != 128])
    np.testing.assert_array_equal(cutout[..., 3], alpha)
    np.testing.assert_allclose(cutout[25:40, 30:50, 2::-1], image[25:40, 30:50], atol=1)
    return seconds


def hostile_request(server, number, hostile_file):
    """Send something bad, and check that it was refused, where there is an answer."""
    head, body = form(photograph=GOOD, box=BOX)
    huge = "POST /cutout HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    kind = number % 7
    if kind == 0:  # cut
        talk(server, head, body[: number * 7 % len(body)]).close()
    elif kind == 1:  # stalled
        stalled = talk(server, head, body[:-9])
        time.sleep(2)
        stalled.close()
    elif kind == 2:  # huge
        assert "413" in heard(talk(server, f"{huge}Content-Length: 9999999999\r\n\r\n"))[:20]
    elif kind == 3:  # leaves when it is its turn, or before
        talk(server, head, body).close()
    else:
        files = [hostile_file, png_that_claims(30_000, 30_000), b"GIF89a" + GOOD]
        assert post(server, photograph=files[kind - 4], box=BOX).status_code in (400, 503)


@pytest.mark.matrix
def test_five_hundred_requests_a_fifth_of_them_hostile(small_tflite, shared, capsys):
    hostile_file = (shared / "cases" / "png_claims_4_gb.png").read_bytes()

    def request(number):
        if number % 5 == 4:
            return hostile_request(url, number // 5, hostile_file)
        return good_request(url, number)

    with command(small_tflite) as (process, url), ThreadPoolExecutor(6) as pool:
        server = psutil.Process(process.pid)
        (worker,) = server.children()
        seconds = list(pool.map(request, range(50)))
        before = [each.memory_info().rss for each in (server, worker)]
        seconds += pool.map(request, range(50, 500))
        after = [each.memory_info().rss for each in (server, worker)]
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=30)
    seconds = [each for each in seconds if each is not None]
    assert len(seconds) == 400
    with capsys.disabled():
        print(f"\np50 {np.percentile(seconds, 50):.2f} s, p99 {np.percentile(seconds, 99):.2f} s; MB of server")
        print(f"and worker after 50: {before[0] / 1e6:.0f}, {before[1] / 1e6:.0f}; after 500: ", end="")
        print(f"{after[0] / 1e6:.0f}, {after[1] / 1e6:.0f}")
    assert "Traceback" not in complaints
    assert process.returncode == 0
    np.testing.assert_array_less(np.abs(np.divide(after, before) - 1), 0.1)
