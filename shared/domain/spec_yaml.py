"""How a spec is read from YAML: its numbers as YAML 1.2 has them, so that none is another one than it looks."""

from __future__ import annotations

import re
from typing import Any

import yaml

from shared.wording import shown

#: the most values of a spec, those that an alias repeats included
_MOST_VALUES = 1_000_000

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^[-+]?(?:(?:0|[1-9][0-9_]*)?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|(?:0|[1-9][0-9_]*)\.?[eE][-+]?[0-9]+"
    r"|(?:0|[1-9][0-9_]*)\.|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$"
)
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$")
_COLONS = re.compile(r"^[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?$")


_UNREADABLE = "it cannot be read from here on; look at the quotes, brackets, colons and blanks before a line; mend them"

#: what PyYAML finds -> the same for people who write specs, with the fix
_IN_OUR_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"character '\\t' that cannot start", "a tab stands where blanks belong; write blanks before a line"),
        (r"found another document", "a second document begins; write one spec to a file"),
        (
            r"constructor for the tag '(?:tag:yaml\.org,2002:)?([^']{1,40})",
            "the tag {0} means nothing here; remove it",
        ),
        (r"undefined tag|invalid tag|tag handle", "a tag (a word after !) means nothing in a spec; remove it"),
        (r"character '(.)' that cannot start", "{0} cannot begin a value; put the text in quotes: use '...'"),
        (r"mapping values are not allowed", "a colon has no place here; put the text in quotes: use '...'"),
        (r"expected ':'", "a colon is missing after the name; write name: value"),
        (r"expected ',' or '(.)'", "a comma or {0} is missing, or a bracket is one too many; mend the brackets"),
        (r"unhashable key|complex|acceptable key", "a list or mapping stands as a name; write a text before the colon"),
        (
            r"expected <block end>",
            "the line is not as far right as those of its list or mapping; mend its blanks",
        ),
        (r"undefined alias '?(.{1,40}?)'?$", "the alias *{0} refers to nothing; write the values"),
        (r"duplicate anchor|anchor", "an anchor (&name) is wrong; write the values"),
        (r"unexpected end of stream", "a quoted text has no end; use a second quote"),
        (r"unknown escape character", "a backslash in a text of double quotes means nothing; use single quotes"),
    )
)


class _Said(str):
    """A problem in our own words."""

    __slots__ = ()


class PlainNumber(str):
    """A text without quotes that YAML 1.1 reads as another number: 010 as 8, 3:11 as 191."""

    __slots__ = ()


class SpecLoader(yaml.SafeLoader):
    """Safe YAML in which a grid is written as in the form: 3:11 is a range, linspace(0.1, 0.5, 5) one item of a list.

    Numbers and truth values are those of YAML 1.2, a date is a text. It refuses to drop a key that is written twice,
    and aliases that make a few lines a list of millions.
    """

    def construct_document(self, node: yaml.Node) -> Any:
        """Return what the document holds, or raise YAMLError where that is too much."""
        _Sizes().of(node)
        return super().construct_document(node)

    def compose_sequence_node(self, anchor: Any) -> yaml.SequenceNode:
        """Return the list, with the commas of linspace(0.1, 0.5, 5) inside an item."""
        node: yaml.SequenceNode = super().compose_sequence_node(anchor)
        node.value = _whole_calls(node.value) if node.flow_style else node.value
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the mapping, with the commas of linspace(0.1, 0.5, 5) inside a value."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        if not node.flow_style:
            return node
        pairs: list[tuple[yaml.Node, _Call]] = []
        for key, value in node.value:
            # YAML reads what stands after such a comma as a key without a value
            if pairs and pairs[-1][1].is_open and isinstance(key, yaml.ScalarNode) and _is_empty(value):
                pairs[-1][1].add(key)
            else:
                pairs.append((key, _Call(value)))
        node.value = [(key, call.node) for key, call in pairs]
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, or raise YAMLError where it names a key twice."""
        names: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in names:
                    raise _error(f"{shown(key.value)} is written twice", key)
                names.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_text(self, node: yaml.ScalarNode) -> str:
        """Return a text; its surrogate pairs, by which JSON writes an emoji, as the one sign that they are."""
        text = str(self.construct_scalar(node))
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            try:
                return text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError as error:
                raise _error(f"{shown(text)} has half of a surrogate pair; write the sign itself", node) from error
        if not node.style and (_LEADING_ZERO.match(text) or _COLONS.match(text)):
            return PlainNumber(text)
        return text

    def construct_whole(self, node: yaml.ScalarNode) -> int:
        """Return a whole number, in decimal digits only."""
        text = str(self.construct_scalar(node))
        if not _INT.match(text):
            raise _error(
                f"{shown(text)} is not a whole number; write it in decimal digits, without leading zeros", node
            )
        try:
            return int(text.replace("_", ""))
        except ValueError as error:  # beyond what Python reads
            raise _error(f"a whole number of {len(text):,} digits is too large; write a smaller one", node) from error


class _Sizes:
    """How many values each node stands for, those that its aliases repeat included."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, node: yaml.Node) -> int:
        if id(node) in self._known:
            if not self._known[id(node)]:
                raise _error("an alias stands inside what it refers to; write the values", node)
            return self._known[id(node)]
        self._known[id(node)] = 0
        size = 1
        if isinstance(node, yaml.SequenceNode):
            size += sum(self.of(each) for each in node.value)
        elif isinstance(node, yaml.MappingNode):
            size += sum(self.of(key) + self.of(value) for key, value in node.value)
        if size > _MOST_VALUES:
            raise _error(f"aliases make this more than {_MOST_VALUES:,} values; write those that you mean", node)
        self._known[id(node)] = size
        return size


def explain(error: yaml.YAMLError) -> str:
    """Return in one line what is wrong with a text that is not YAML, and where."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, character {mark.column + 1})" if mark else ""
        problem = error.problem or error.context or ""
        return (problem if isinstance(problem, _Said) else _in_our_words(" ".join(problem.split()))) + place
    if isinstance(error, yaml.reader.ReaderError):
        return f"the sign at position {error.position} is none of a text; remove it"
    return _UNREADABLE


def _in_our_words(problem: str) -> str:
    """Return what PyYAML found, for people."""
    for pattern, words in _IN_OUR_WORDS:
        found = pattern.search(problem)
        if found:
            return words.format(*found.groups())
    return _UNREADABLE


def _error(problem: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, _Said(problem), node.start_mark)


class _Call:
    """A node and, where it opens a bracket that it does not close, those that belong to it."""

    def __init__(self, first: yaml.Node) -> None:
        self._nodes = [first]
        self._depth = _depth(first) if isinstance(first, yaml.ScalarNode) and not first.style else 0

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def add(self, node: yaml.ScalarNode) -> None:
        self._nodes.append(node)
        self._depth += _depth(node)

    @property
    def node(self) -> yaml.Node:
        """All of it as one node."""
        first, last = self._nodes[0], self._nodes[-1]
        if first is last:
            return first
        text = ", ".join(str(each.value) for each in self._nodes)
        return yaml.ScalarNode(f"{_TAG}str", text, first.start_mark, last.end_mark)


def _depth(node: yaml.ScalarNode) -> int:
    return int(node.value.count("(") - node.value.count(")"))


def _whole_calls(items: list[yaml.Node]) -> list[yaml.Node]:
    calls: list[_Call] = []
    for item in items:
        if calls and calls[-1].is_open and isinstance(item, yaml.ScalarNode):
            calls[-1].add(item)
        else:
            calls.append(_Call(item))
    return [call.node for call in calls]


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and not node.value


SpecLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("null", re.compile(r"^(?:~|null|Null|NULL|)$"), "~nN"),
    ("merge", re.compile(r"^<<$"), "<"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
):
    SpecLoader.add_implicit_resolver(_TAG + _tag, _pattern, ["", *_first] if _tag == "null" else list(_first))
SpecLoader.add_constructor(f"{_TAG}str", SpecLoader.construct_text)
SpecLoader.add_constructor(f"{_TAG}int", SpecLoader.construct_whole)
