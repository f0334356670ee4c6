"""The text that the parser of PHP is given.

The grammar reads PHP alone, without a page around it, and needs no opening tag. So what stands outside of
the tags is blanked, closing tags end a statement, and ``<?=`` becomes the assignment ``$_=``, which is as
long and takes the whole expression. Nothing moves: places in the tree are places in the block.
"""

from __future__ import annotations

import re

__all__ = ["CLASS_START", "ECHO", "MEMBERS", "php_source"]

# What stands for `<?=`; the name of the variable in it.
ECHO = "$_"
_OPEN = re.compile(r"<\?(?:php\b|=|(?=\s))", re.IGNORECASE)
# What may hold a closing tag without being one: strings, comments to the end of the line end before it.
_TOKEN = re.compile(
    r"""
      '(?:[^'\\]|\\.)*+' | "(?:[^"\\]|\\.)*+" | `(?:[^`\\]|\\.)*+`
    | /\*.*?\*/ | (?P<comment>(?://|\#(?!\[))[^\n?]*+(?:\?(?!>)[^\n?]*+)*+)
    | <<<[ \t]*(?P<quote>['"]?)(?P<name>[A-Za-z_]\w*+)(?P=quote)[ \t]*\n
    | (?P<end>\?>)
    """,
    re.VERBOSE | re.DOTALL,
)
_INSIDE = re.compile(r"[$;{]|^\s*(?:use|namespace|class|function|return|if|foreach)\b", re.MULTILINE)
# Members of a class without the class around them: parsed within one of this name.
CLASS_START = "class _ {"
MEMBERS = re.compile(
    r"(?:\s|//[^\n]*+|\#[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/|use\s[^;{}()]*+;|namespace\s[^;{}()]*+;|<\?php)*+"
    r"(?:(?:public|protected|private|abstract|final|static|readonly)\s+)+(?:function\b|const\b|\??[\w\\|]*+\s*\$)",
    re.IGNORECASE,
)


def php_source(text: str) -> str:
    """Return the PHP of a text, every character in its place."""
    first = _OPEN.search(text)
    if first is None and "?>" not in text:
        return text
    if "?>" not in text and first is not None and not text[: first.start()].strip():
        tag = f"{ECHO}=" if first.group() == "<?=" else " " * len(first.group())
        return f"{_blank(text[: first.start()])}{tag}{text[first.end() :]}"
    pieces: list[str] = []
    position = 0
    inside = first is None or _starts_inside(text[: first.start()])
    while position < len(text):
        if inside:
            end, comment = _end_of_code(text, position)
            # A comment before the closing tag would reach over what follows on its line.
            pieces.append(text[position:comment] + " " * (end - comment))
            if end < len(text):
                # After a brace, a colon or a semicolon nothing has to be ended.
                before = text[position:end].rstrip()[-1:]
                pieces.append("  " if before in "{};:" else "; ")
            position = end + 2
        else:
            found = _OPEN.search(text, position)
            if found is None:
                pieces.append(_blank(text[position:]))
                break
            pieces.append(_blank(text[position : found.start()]))
            pieces.append(f"{ECHO}=" if found.group() == "<?=" else " " * len(found.group()))
            position = found.end()
        inside = not inside
    return "".join(pieces)


def _starts_inside(text: str) -> bool:
    """Say whether what stands before the first tag is PHP: answers leave the opening tag out."""
    return not text.lstrip().startswith("<") and _INSIDE.search(text) is not None


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _end_of_code(text: str, position: int) -> tuple[int, int]:
    """Return where the closing tag of the code at a position stands, and the comment that it ends (or it)."""
    comment = (-1, -1)
    while True:
        found = _TOKEN.search(text, position)
        if found is None:
            return len(text), len(text)
        if found.group("end"):
            end = found.start()
            return end, comment[0] if comment[1] == end else end
        position = found.end()
        if found.group("comment"):
            comment = found.span()
        name = found.group("name")
        if name:
            closing = re.compile(rf"^[ \t]*{name}\b", re.MULTILINE).search(text, position)
            if closing is None:
                return len(text), len(text)
            position = closing.end()
