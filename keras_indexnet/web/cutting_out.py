"""What the worker does: it opens a network, reads what was sent, cuts out, and answers."""

import base64
import json
import os
import pickle
import sys

import cv2

from keras_indexnet import data, inference
from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference.compositing import NOT_ESTIMATED
from keras_indexnet.inference.polishing import check_pymatting
from keras_indexnet.web.uploads import read_upload

if sys.platform != "win32":
    import resource


def work():
    """Answer each message with a line: the first one, of settings, and then tasks with photographs.

    Messages are pickled. Answers are a word and JSON, since the server shall not trust the pickles of a process
    that decodes the pictures of strangers.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # for what libraries print
    messages = sys.stdin.buffer

    def answer(word, content):
        answers.write(f"{word} {json.dumps(content)}\n".encode())
        answers.flush()

    weights, configuration, polish, trust, memory = pickle.load(messages)
    try:
        if polish:
            check_pymatting()
        network = inference.open_model(weights, configuration, trust=trust)
    except (IndexNetError, OSError) as error:
        return answer("wrong", str(error))
    limit_memory(memory)
    answer("ready", None)
    while True:
        try:
            task, fields = pickle.load(messages)
        except EOFError:  # the server has ended
            return None
        try:
            answer("done", select(fields) if task == "trimap" else cut_out(network, fields, polish))
        except IndexNetError as error:
            answer("wrong", str(error))
        except MemoryError:
            sys.exit("A photograph took more memory than it may.")


def limit_memory(memory):
    """Limit what this process may reserve, in bytes, where the operating system counts it: on Linux."""
    if sys.platform == "win32":
        return
    # Not RLIMIT_AS, which counts what drivers of GPUs only set aside, too.
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    least = min(limit for limit in (memory, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (least, hard))


def cut_out(network, fields, polish=None):
    """Cut out what was sent.

    Args:
        network: what `inference.open_model` returns.
        fields: dict, the arguments of `read_upload`.
        polish: bool, or None: unless there is a reason not to.

    Returns:
        Dict: `trimap`, `alpha` and `cutout`, each a PNG in base64, and `notes`, a list of sentences.
    """
    image, trimap, notes = read_upload(**fields)
    if polish is None:
        polish = inference.why_not_to_polish(image, trimap) is None
    alpha = inference.predict_alpha(network, image, trimap, polish=polish)
    try:
        foreground = inference.estimate_foreground(image, alpha)
    except ImportError as error:
        foreground = image
        notes = [*notes, f"{NOT_ESTIMATED} {error}"]
    rgba = cv2.cvtColor(inference.cutout(foreground, alpha), cv2.COLOR_RGBA2BGRA)
    pictures = {"trimap": trimap, "alpha": data.eight_bit_matte(alpha), "cutout": rgba}
    return {name: _png(picture) for name, picture in pictures.items()} | {"notes": notes}


def select(fields):
    """Make the trimap of what was sent, for people to look at before it is cut out.

    Args:
        fields: dict, the arguments of `read_upload`.

    Returns:
        Dict: `trimap`, a PNG in base64, and `notes`, a list of sentences.
    """
    _, trimap, notes = read_upload(**fields)
    return {"trimap": _png(trimap), "notes": notes}


def _png(picture):
    return base64.b64encode(cv2.imencode(".png", picture)[1]).decode()
