"""A strict reader of Prometheus's text exposition format 0.0.4, as the textfile collector has it."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SERIES = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}


def read(text):
    """{(name, frozenset of labels): value}; ValueError names the line that breaks a rule."""
    series = {}
    helped, types, closed, current = set(), {}, set(), None
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        if line.startswith("# "):
            word, name, rest = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line).groups()
            seen = helped if word == "HELP" else types
            if name in seen or name in closed:
                raise ValueError(f"line {number}: a second {word} of {name}")
            if word == "HELP":
                helped.add(name)
            else:
                types[name] = rest
            if rest not in ("gauge", "counter", "untyped") and word == "TYPE":
                raise ValueError(f"line {number}: type {rest}")
            if current not in (None, name):
                closed.add(current)
            current = name
            continue
        found = SERIES.fullmatch(line)
        if not found:
            raise ValueError(f"line {number}: {line!r} is no series")
        name, labels = found[1], re.findall(LABEL, found[2] or "")
        if name != current or name not in helped or name not in types:
            raise ValueError(f"line {number}: {name} stands apart from its HELP and TYPE")
        names = [label for label, _ in labels]
        if len(set(names)) != len(names):
            raise ValueError(f"line {number}: a label stands there twice")
        key = name, frozenset(
            (label, re.sub(r"\\.", lambda match: ESCAPES[match[0]], value))
            for label, value in labels)
        if key in series:
            raise ValueError(f"line {number}: the series stands there twice")
        series[key] = float(found[found.re.groups])
    return series
