"""Front matter: metadata as YAML or TOML at the top of a Markdown file."""

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml.nodes import Node

__all__ = ["cut_front_matter"]

LONGEST = 32_768  # characters; a longer block is taken for text

_YAML = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY = re.compile(r"[A-Za-zА-Яа-я_][\w -]{0,40}")
_PAIR = re.compile(rf"({_KEY.pattern}?)\s*:\s+(\S.*)")
_COMMENT = re.compile(r"\s+#.*")
_LINE_END = re.compile(r"\s*\n\s*")
_NULL = {"null", "~"}


def cut_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Separate front matter from the text: `({lower-case key: value}, rest)`.

    A list becomes one value, joined by ", "; a nested mapping becomes the value of its "name". Text
    that only looks like front matter stays text.
    """
    toml = _TOML.match(text)
    if toml:
        try:
            found = tomllib.loads(toml.group(1) or "")
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}, text
        return {key.lower(): _flat(value) for key, value in found.items()}, text[toml.end() :]
    yaml = _YAML.match(text)
    block = (yaml.group(1) or "") if yaml else ""
    if yaml is None or not block.strip() or len(block) > LONGEST:
        return {}, text
    values = _parse(block) or _parse("\n".join(map(_quoted, block.split("\n"))))
    if not values or not all(isinstance(key, str) and _KEY.fullmatch(key) for key in values):
        return {}, text
    return {key.lower(): _flat(value) for key, value in values.items()}, text[yaml.end() :]


def _parse(block: str) -> dict[Any, Any] | None:
    """The mapping of a YAML document, all scalars as strings; None for anything else."""
    import yaml  # lazy: few files have front matter

    class Loader(yaml.BaseLoader):
        """A loader without tags: nothing is executed, and a date stays the text that it is."""

        def compose_node(self, parent: "Node | None", index: Any) -> "Node | None":  # noqa: ANN401
            """Refuse aliases: a few lines with them can expand to gigabytes."""
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError
            return super().compose_node(parent, index)

    try:
        found = yaml.load(block, Loader)  # noqa: S506 - BaseLoader makes strings, lists and dicts
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):  # TypeError: a list as a key
        return None
    return found if isinstance(found, dict) else None


def _quoted(line: str) -> str:
    """The line with its value in quotes, if YAML cannot read it without ("title: A: b")."""
    found = _PAIR.fullmatch(line.rstrip())
    if found is None or _parse(line) is not None:
        return line
    return f"{found[1]}: {json.dumps(_COMMENT.sub('', found[2]), ensure_ascii=False)}"


def _flat(value: Any) -> str:  # noqa: ANN401 - whatever YAML or TOML holds
    if isinstance(value, list):
        return ", ".join(filter(None, map(_flat, value)))
    if isinstance(value, dict):
        return _flat(value.get("name", ""))
    text = _LINE_END.sub(" ", str(value)).strip()
    return "" if text in _NULL else text
