"""The site of the documentation: built without a warning, and complete."""

import html
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

pytestmark = pytest.mark.slow

SUBPACKAGES = (
    "conversion",
    "data",
    "errors",
    "evaluation",
    "export",
    "graphs",
    "inference",
    "layers",
    "losses",
    "metrics",
    "models",
    "profiling",
    "tasks",
    "training",
    "visualization",
)
ATTRIBUTE = re.compile(r'\s(id|href|src)="([^"]*)"')
HEADER = re.compile(r"<thead>(.*?)</thead>", re.DOTALL)
MARKDOWN_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(request, tmp_path_factory):
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
    pytest.importorskip("mkdocstrings_handlers.python", reason="the extra `docs` is not installed")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=request.config.rootpath,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return {page.relative_to(folder): attributes_of(page) for page in folder.rglob("*.html")}, folder


def attributes_of(page):
    """Returns the pairs of name and value of the attributes that make or take a link."""
    return [(name, html.unescape(value)) for name, value in ATTRIBUTE.findall(page.read_text())]


def anchors(attributes):
    return {value for name, value in attributes if name == "id"}


def test_every_notebook_is_a_page_with_the_pictures_of_its_output(site, request):
    pages, _ = site
    notebooks = sorted((request.config.rootpath / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == 6
    for path in notebooks:
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", ())]
        drawn = [output for output in outputs if "image" in " ".join(output.get("data", ()))]
        page = pages[Path("notebooks", path.stem, "index.html")]
        assert sum(name == "src" and f"{path.stem}_files/" in value for name, value in page) == len(drawn) > 0


def test_every_link_of_the_site_leads_to_a_file_and_its_anchor(site):
    pages, folder = site
    links = [
        (page, link)
        for page, attributes in pages.items()
        if page.name != "404.html"  # its links are absolute, as it is shown at any address
        for name, link in attributes
        if name != "id" and not urlsplit(link).scheme and not urlsplit(link).netloc
    ]
    assert len(links) > 1000
    for page, link in links:
        path, anchor = unquote(urlsplit(link).path), unquote(urlsplit(link).fragment)
        target = (folder / page).parent / path if path else folder / page
        target = (target / "index.html" if target.is_dir() else target).resolve()
        assert target.is_file(), f"{page} links to {link}"
        if anchor and anchor != "__skip":
            assert anchor in anchors(pages[target.relative_to(folder.resolve())]), f"{page} links to {link}"


@pytest.mark.parametrize("subpackage", SUBPACKAGES)
def test_every_public_name_has_an_entry_in_the_reference(site, subpackage):
    pages, _ = site
    reference = [page for page in pages if page.parts[0] == "reference"]
    entries = set().union(*(anchors(pages[page]) for page in reference))
    module = importlib.import_module(f"keras_indexnet.{subpackage}")
    names = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    assert names
    assert {f"keras_indexnet.{subpackage}.{name}" for name in names} <= entries


def test_every_subpackage_is_looked_for():
    import keras_indexnet

    public = {getattr(keras_indexnet, name) for name in keras_indexnet.__all__}
    modules = {module.__name__ for module in public if inspect.ismodule(module)}
    assert modules <= {f"keras_indexnet.{subpackage}" for subpackage in SUBPACKAGES}


def test_no_export_hides_a_module_of_its_name():
    # Griffe, which reads the reference, would show the module; `import` would no longer reach it by its name.
    import keras_indexnet

    packages = [keras_indexnet]
    for found in pkgutil.walk_packages(keras_indexnet.__path__, "keras_indexnet."):
        if found.ispkg:
            packages.append(importlib.import_module(found.name))
    assert len(packages) > len(SUBPACKAGES)
    for package in packages:
        modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
        for name in modules.intersection(getattr(package, "__all__", ())):
            assert inspect.ismodule(getattr(package, name)), f"{package.__name__}.{name}"


def test_descriptions_come_from_docstrings_and_comments(site):
    _, folder = site
    text = html.unescape(re.sub(r"<[^>]+>", "", (folder / "reference/training/index.html").read_text()))
    assert "Everything that decides a training run. The defaults are the paper's." in text
    assert "steps between two looks at the clock, the rate and the log" in text  # a comment on a field
    text = html.unescape(re.sub(r"<[^>]+>", "", (folder / "reference/layers/index.html").read_text()))
    assert "Call arguments:" in text
    assert ">>> tuple(layers.IndexedPooling(pool_size=2)(features, encoder_index).shape)\n(1, 4, 4, 16)" in text


def test_signatures_show_types_and_lists_do_not(site):
    _, folder = site
    text = html.unescape(re.sub(r"<[^>]+>", "", (folder / "reference/inference/index.html").read_text()))
    assert re.search(r"blurred_background\(\s+image: ndarray,\s+alpha: ndarray,", text)
    assert re.search(r"alpha\s+–\s+array of shape \(H, W\): uint8", text)


def test_a_search_finds_where_to_begin(site):
    _, folder = site
    entries = json.loads((folder / "search/search_index.json").read_text())["docs"]
    assert {"location": "getting_started/", "title": "Getting started"}.items() <= next(
        entry for entry in entries if "getting started" in entry["title"].lower()
    ).items()


def test_every_table_has_a_header(site):
    _, folder = site
    tables = [(page, head) for page in folder.rglob("*.html") for head in HEADER.findall(page.read_text())]
    assert len(tables) > 50
    for page, head in tables:
        assert re.sub(r"<[^>]+>", "", head).strip(), page


def test_every_link_in_the_repository_leads_to_a_file(request):
    root = request.config.rootpath
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("datasets/**/*.md")]
    links = [(page, link) for page in pages for link in MARKDOWN_LINK.findall(page.read_text())]
    relative = [(page, urlsplit(link).path) for page, link in links if not urlsplit(link).scheme]
    assert len(relative) > 50
    for page, path in relative:
        assert (page.parent / path).exists(), f"{page} links to {path}"
