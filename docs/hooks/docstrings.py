"""A Griffe extension: the docstrings and comments of the library, as the reference shows them."""

import io
import re
import tokenize
from functools import cached_property

from griffe import Docstring, DocstringSectionKind, Extension

DOCTEST = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
TITLE = re.compile(r"^(Example|Formula):$", re.MULTILINE)


class UntypedDocstring(Docstring):
    """A docstring whose lists of parameters and results lack the types, which the signature above them shows.

    The lists say more: which shape and range an array has.
    """

    @cached_property
    def parsed(self):
        sections = super().parsed
        for section in sections:
            if section.kind in (DocstringSectionKind.parameters, DocstringSectionKind.returns):
                for item in section.value:
                    item.annotation = None
        return sections


class Docstrings(Extension):
    """Makes Markdown of examples, and descriptions of the comments on constants and fields."""

    def on_instance(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring = UntypedDocstring(
                as_markdown(obj.docstring.value),
                lineno=obj.docstring.lineno,
                endlineno=obj.docstring.endlineno,
                parent=obj,
                parser=obj.docstring.parser,
                parser_options=obj.docstring.parser_options,
            )

    def on_attribute_instance(self, *, attr, **kwargs):
        if not attr.docstring and (attr.parent.is_module or is_field(attr)) and (comment := comment_on(attr)):
            attr.docstring = Docstring(comment, parent=attr)

    def on_class(self, *, cls, **kwargs):
        # What has no description fulfils Keras's or Python's interface: `call`, `get_config`, `__len__`.
        for name, member in list(cls.members.items()):
            if name != "__init__" and not member.docstring and not is_field(member):
                cls.del_member(name)
        # Griffe does not read Keras, and knows no parameters of a constructor that is inherited from there.
        if cls.docstring and not list(cls.parameters):
            cls.docstring.value = cls.docstring.value.replace("\nArgs:\n", "\nOther args: Parameters:\n")


def as_markdown(docstring):
    """Returns a docstring with its doctests as blocks of code, and sections that Griffe knows."""
    docstring = docstring.replace("Call arguments:\n", "Other args: Call arguments:\n")
    docstring = TITLE.sub(r"**\1:**", docstring)
    return DOCTEST.sub(r"```pycon\n\g<0>\n```", docstring)


def is_field(member):
    annotated = member.is_attribute and member.annotation is not None and "property" not in member.labels
    return annotated and member.parent.is_class


def comment_on(attribute):
    """Returns the comment behind the assignment of a field or of a short constant, or above a constant."""
    lines = attribute.lines_collection[attribute.filepath]
    first, last = attribute.lineno - 1, attribute.endlineno
    if (is_field(attribute) or last == first + 1) and (comment := trailing_comment(lines[first:last])):
        return comment
    above = first
    while attribute.parent.is_module and above > 0 and lines[above - 1].startswith("#"):
        above -= 1
    return " ".join(line.lstrip("# ") for line in lines[above:first])


def trailing_comment(lines):
    tokens = tokenize.generate_tokens(io.StringIO("\n".join(lines).strip()).readline)
    return next((token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT), "")
