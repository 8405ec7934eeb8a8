"""Front matter: the `key: value` lines (YAML) or TOML at the top of a Markdown file.

Only what metadata needs: plain and quoted values, one-line and dashed lists. Nothing is executed,
anchors and nesting are ignored.
"""

import re
import tomllib
from typing import Any

__all__ = ["cut_front_matter"]

_YAML = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-zА-Яа-я_][\w -]{0,40}?)\s*:(?:\s+(.*)|)")
_OTHER = re.compile(r"\s+\S|-\s|#")  # nested lines, list items, comments


def cut_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Separate front matter from the text: `({lower-case key: value}, rest)`.

    Lists become one value joined by ", ". Text that only looks like front matter stays text.
    """
    toml = _TOML.match(text)
    if toml:
        try:
            found = tomllib.loads(toml.group(1) or "")
        except tomllib.TOMLDecodeError:
            return {}, text
        return {key.lower(): _flat(value) for key, value in found.items()}, text[toml.end() :]
    yaml = _YAML.match(text)
    pairs = _pairs((yaml.group(1) or "").split("\n")) if yaml else None
    if yaml is None or pairs is None:
        return {}, text
    return pairs, text[yaml.end() :]


def _pairs(lines: list[str]) -> dict[str, str] | None:
    pairs: dict[str, str] = {}
    key = ""
    for line in lines:
        pair = _PAIR.fullmatch(line.rstrip())
        if pair:
            key = pair.group(1).lower()
            pairs[key] = _value(pair.group(2) or "")
        elif re.match(r"\s*-\s+\S", line) and key:
            pairs[key] = ", ".join(filter(None, [pairs[key], _value(line.strip()[1:])]))
        elif line.strip() and not _OTHER.match(line):
            return None
    return pairs or None


def _value(raw: str) -> str:
    raw = raw.strip()
    if raw[:1] == "[" and raw[-1:] == "]":
        return ", ".join(_value(item) for item in raw[1:-1].split(",") if item.strip())
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'":
        inner = raw[1:-1]
        return inner.replace("''", "'") if raw[0] == "'" else re.sub(r"\\([\"\\])", r"\1", inner)
    raw = re.sub(r"\s+#.*$", "", raw)
    return "" if raw in {"null", "~", "|", ">", "|-", ">-"} else raw


def _flat(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    return "" if isinstance(value, dict) else str(value)
