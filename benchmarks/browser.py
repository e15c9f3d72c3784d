"""Prints what the networks take in a browser, in Chromium: seconds, memory, and bytes to load.

    python benchmarks/browser.py --folder out/browser

Both runtimes compute on the processor. ONNX Runtime Web is given one file of free size, LiteRT.js one for each
size. What is installed and exported stays in the folder for the next time. The first run does not count, and
the memory is the most that the page's process took.
"""

import contextlib
import functools
import gzip
import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import click

EXAMPLE = Path(__file__).parents[1] / "examples" / "web"
LITERT = "2.5.3"
LOADED = {
    "ONNX Runtime Web": (
        "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    ),
    "LiteRT.js": (
        "@litertjs/core/dist/index.js",
        "@litertjs/wasm-utils/dist/index.js",
        "@litertjs/core/wasm/litert_wasm_threaded_internal.js",
        "@litertjs/core/wasm/litert_wasm_threaded_internal.wasm",
    ),
}
PAGE = """<!doctype html><script type="importmap">{"imports": {
    "@litertjs/wasm-utils": "./node_modules/@litertjs/wasm-utils/dist/index.js"}}</script>"""
OPEN = {
    "ONNX Runtime Web": """async (file, side, threads) => {
        const at = (name) => new URL(`node_modules/onnxruntime-web/dist/${name}`, location).href;
        const onnx = await import(at("ort.wasm.bundle.min.mjs"));
        onnx.env.wasm.wasmPaths = { wasm: at("ort-wasm-simd-threaded.wasm") };
        onnx.env.wasm.numThreads = threads;
        const session = await onnx.InferenceSession.create(file, { executionProviders: ["wasm"] });
        return async (values) => {
            const input = new onnx.Tensor("float32", values, [1, side, side, 4]);
            const answer = await session.run({ [session.inputNames[0]]: input });
            return answer[session.outputNames[0]].data;
        };
    }""",
    "LiteRT.js": """async (file, side, threads) => {
        const litert = await import(new URL("node_modules/@litertjs/core/dist/index.js", location).href);
        await litert.loadLiteRt("node_modules/@litertjs/core/wasm/", { threads: threads > 1 });
        const options = { accelerator: "wasm", cpuOptions: { numThreads: threads } };
        const model = await litert.loadAndCompile(file, options);
        return async (values) => {
            const input = new litert.Tensor(values, [1, side, side, 4]);
            const [output] = await model.run(input);
            const alpha = (await output.data()).slice();
            input.delete();
            output.delete();
            return alpha;
        };
    }""",
}
MEASURE = """async ([file, side, threads, repetitions]) => {
    const run = await (%s)(file, side, threads);
    const values = Float32Array.from({ length: side * side * 4 }, (_, at) =>
        at %% 4 < 3 ? (at * 7919) %% 256 : [0, 128, 255][Math.floor(at / 4 / 97) %% 3]);
    const seconds = [];
    for (let time = 0; time <= repetitions; time++) {
        const begun = performance.now();
        const alpha = await run(values);
        seconds.push((performance.now() - begun) / 1000);
        if (!alpha.every((value) => value >= 0 && value <= 1)) throw new Error("no alpha");
    }
    return Math.min(...seconds.slice(1));
}"""


@click.command()
@click.option("--folder", default="out/browser", show_default=True, help="For packages and exported networks.")
@click.option(
    "--preset", "presets", multiple=True, default=("indexnet_light", "indexnet_base"), show_default=True
)
@click.option("--side", "sides", type=int, multiple=True, default=(320, 512, 1024), show_default=True)
@click.option("--threads", type=int, multiple=True, default=(1, os.cpu_count()), show_default=True)
@click.option("--repetitions", default=2, show_default=True, help="After the first one; the fastest counts.")
@click.option("--prepare", is_flag=True, help="Install and export only.")
def main(folder, presets, sides, threads, repetitions, prepare):
    """Time both runtimes, and print a table."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    install(folder)
    for preset in presets:
        export(folder, preset, sides)
    if prepare:
        return
    click.echo("| runtime | network | side | threads | seconds | memory, MB | to load, MB | gzipped |")
    click.echo("|---|---|---:|---:|---:|---:|---:|---:|")
    with served(folder) as address:
        for runtime in OPEN:
            for preset in presets:
                for side in sides:
                    for count in threads:
                        file = network(runtime, preset, side)
                        seconds, memory = measured(address, runtime, file, side, count, repetitions)
                        loaded = [folder / file, *(folder / "node_modules" / name for name in LOADED[runtime])]
                        size = sum(path.stat().st_size for path in loaded) / 1e6
                        zipped = sum(zipped_size(path) for path in loaded) / 1e6
                        click.echo(
                            f"| {runtime} | {preset} | {side} | {count} | {seconds} | {memory:.0f} "
                            f"| {size:.1f} | {zipped:.1f} |"
                        )


def install(folder):
    """Install both runtimes, of the version that the example takes where it takes one."""
    taken = json.loads((EXAMPLE / "package.json").read_text())["dependencies"]
    packages = [f"onnxruntime-web@{taken['onnxruntime-web']}", f"@litertjs/core@{LITERT}"]
    if not all((folder / "node_modules" / name.rpartition("@")[0]).is_dir() for name in packages):
        command = [
            "npm",
            "install",
            "--prefix",
            folder,
            "--no-save",
            "--ignore-scripts",
            "--no-audit",
            *packages,
        ]
        subprocess.run(command, check=True)
    (folder / "index.html").write_text(PAGE)


def network(runtime, preset, side):
    return f"{preset}.onnx" if runtime == "ONNX Runtime Web" else f"{preset}_{side}.tflite"


def export(folder, preset, sides):
    """Export a network for both runtimes, its kernels in 16 bits."""
    from keras_indexnet import models
    from keras_indexnet.export import export_model

    specification = importlib.util.spec_from_file_location("build_web", EXAMPLE / "build.py")
    build_web = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(build_web)
    onnx = folder / network("ONNX Runtime Web", preset, None)
    if not onnx.exists():
        build_web.export(preset, onnx)
    for side in sides:
        path = folder / network("LiteRT.js", preset, side)
        if not path.exists():
            export_model(models.network_of(preset), path, "tflite", "float16", input_size=(side, side))


@contextlib.contextmanager
def served(folder):
    """Serve a folder as a page needs it to use threads."""

    class Isolated(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            super().end_headers()

        def log_message(self, *arguments):
            pass

    handler = functools.partial(Isolated, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def measured(address, runtime, file, side, threads, repetitions):
    """Return seconds, or why there are none, and the most megabytes of the page's process."""
    from playwright.sync_api import Error, sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        try:
            took = page.evaluate(MEASURE % OPEN[runtime], [f"{address}{file}", side, threads, repetitions])
            seconds = f"{took:.2f}"
        except Error as error:
            seconds = str(error).splitlines()[0].removeprefix("Page.evaluate: ")
        memory = max(most_memory(process) for process in descendants(os.getpid()))
        browser.close()
    return seconds, memory


def descendants(process):
    """The processes that a process has started, and those that they have."""
    for thread in Path(f"/proc/{process}/task").glob("*"):
        for child in (thread / "children").read_text().split():
            yield child
            yield from descendants(child)


def most_memory(process):
    """The most megabytes that a page's process had in memory so far; 0 of other processes."""
    try:
        if "--type=renderer" not in Path(f"/proc/{process}/cmdline").read_text():
            return 0
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    except OSError:  # it has ended
        return 0
    return int(status["VmHWM"].split()[0]) / 1000


@functools.cache
def zipped_size(path):
    return len(gzip.compress(path.read_bytes(), 6))


if __name__ == "__main__":
    main()
