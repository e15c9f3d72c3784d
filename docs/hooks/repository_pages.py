"""A MkDocs hook: pages are read as in the repository, where GitHub's Markdown and relative paths apply.

Pages link to files outside `docs`: pages of data sets, notebooks, configs, sources. The site gets each of
them, at its place in the repository: a notebook with its output, a source as a page that shows it. A folder
cannot be shown, and a link to one becomes its text.
"""

import os
import re
from pathlib import Path

from mkdocs.structure.files import File, InclusionLevel
from nbconvert import MarkdownExporter

LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<path>[^):#\s]+)(?P<anchor>#[^)\s]*)?\)")
LIST_OR_TABLE = re.compile(r"\* |\d+\. |\|")
LANGUAGES = {".py": "python", ".kt": "kotlin", ".cc": "cpp"}


def on_files(files, config):
    """Adds the pages of data sets, the notebooks, and what pages link to outside of `docs`."""
    docs = Path(config.docs_dir)
    waiting = [Path(file.abs_src_path) for file in files.documentation_pages()]
    waiting += sorted((docs.parent / "datasets").glob("*.md"))
    waiting += sorted((docs.parent / "notebooks").glob("*.ipynb"))
    while waiting:
        path = waiting.pop()
        if not path.is_relative_to(docs):
            if files.get_file_from_path(uri_on_site(path, docs)):
                continue
            for file in files_on_site(path, docs, config):
                files.append(file)
        if path.suffix == ".md":
            links = [linked_path(match, path) for match in LINK.finditer(path.read_text())]
            waiting += [target for target in links if target.is_file() and not target.is_relative_to(docs)]
    return files


def on_page_markdown(markdown, page, config, files):
    """Gives links their paths on the site, and lists and tables the blank line that MkDocs wants above."""
    docs = Path(config.docs_dir)
    notebook = (docs.parent / page.file.src_uri).with_suffix(".ipynb")
    if page.file.abs_src_path is None and not notebook.is_file():
        return markdown  # a source, as it is
    path = Path(page.file.abs_src_path or notebook)
    folder = Path(page.file.src_uri).parent

    def on_site(match):
        target = linked_path(match, path)
        if target.is_dir():
            return match["text"]
        if not target.is_file():
            return match[0]  # for MkDocs to complain of
        link = os.path.relpath(uri_on_site(target, docs), folder)
        return f"{match['image']}[{match['text']}]({link}{match['anchor'] or ''})"

    return "\n".join(with_blank_lines(LINK.sub(on_site, markdown).splitlines()))


def with_blank_lines(lines):
    """Yields lines of Markdown with a blank one before each list and table that follows a paragraph or code."""
    in_code, before = False, ""
    for line in lines:
        begins = LIST_OR_TABLE.match(line) and not (LIST_OR_TABLE.match(before) or before.startswith(" "))
        if begins and before and not in_code:
            yield ""
        yield line
        in_code ^= line.startswith("```")
        before = line


def linked_path(match, page):
    return (page.parent / match["path"]).resolve()


def uri_on_site(path, docs):
    if path.is_relative_to(docs):
        return path.relative_to(docs).as_posix()
    uri = path.relative_to(docs.parent).as_posix()
    if uri == "README.md":
        return "readme.md"  # in capitals it would be the home page
    if path.suffix == ".ipynb":
        return uri.removesuffix(".ipynb") + ".md"
    return f"{uri}.md" if path.suffix in LANGUAGES else uri


def files_on_site(path, docs, config):
    """Returns the page of a file of the repository; a notebook's comes with the pictures of its output."""
    uri, not_in_nav = uri_on_site(path, docs), InclusionLevel.NOT_IN_NAV
    if path.suffix == ".ipynb":
        names = {"unique_key": path.stem, "output_files_dir": f"{path.stem}_files"}
        text, resources = MarkdownExporter().from_filename(str(path), names)
        pictures = {f"{Path(uri).parent}/{name}": picture for name, picture in resources["outputs"].items()}
        return [
            File.generated(config, name, content=content, inclusion=not_in_nav)
            for name, content in {uri: text, **pictures}.items()
        ]
    if path.suffix not in LANGUAGES:
        return [File.generated(config, uri, abs_src_path=str(path), inclusion=not_in_nav)]
    source = f"# {path.name}\n```{LANGUAGES[path.suffix]}\n{path.read_text()}```\n"
    return [File.generated(config, uri, content=source, inclusion=not_in_nav)]
