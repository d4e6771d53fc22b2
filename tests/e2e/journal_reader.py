"""Reads a journal as docs/architecture.md tells of it: an oracle that shares no code with rackproof.

Entries: u32 length, u64 checksum (not looked at here), then the record: u8 type, then its members,
little-endian; texts and lists with a u32 count before them. Only what the tests ask for is decoded.
"""

import struct

HEADER = 12
ENTRY_HEADER = 12
JOB_STARTED, CELL_BEGUN, SAMPLES, CELL_ENDED, READING = 1, 4, 6, 9, 10
HAPPENED, RUN_FINISHED, RESUMED = 12, 13, 14
OUTCOMES = ("completed", "wrong_answer", "failed", "timed_out", "lost", "skipped", "excluded")


def records(data):
    """[(type, payload behind the type)] of the whole entries of a journal's bytes."""
    found, at = [], HEADER
    while at + ENTRY_HEADER <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        if at + ENTRY_HEADER + length > len(data):
            break
        payload = data[at + ENTRY_HEADER : at + ENTRY_HEADER + length]
        found.append((payload[0], payload[1:]))
        at += ENTRY_HEADER + length
    return found


def whole_bytes(data):
    """How many of a journal's bytes are its header and whole entries."""
    at = HEADER
    while at + ENTRY_HEADER <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        if at + ENTRY_HEADER + length > len(data):
            break
        at += ENTRY_HEADER + length
    return at


def ended_cells(data):
    """{(cell, attempt): outcome}; says if one ends twice."""
    ended = {}
    for kind, payload in records(data):
        if kind != CELL_ENDED:
            continue
        cell, attempt, outcome = struct.unpack_from("<iiB", payload)
        assert (cell, attempt) not in ended, f"cell {cell} ends twice in attempt {attempt}"
        ended[(cell, attempt)] = OUTCOMES[outcome]
    return ended


def samples(data):
    """{(cell, attempt): values}: the last that arrived for each."""
    found = {}
    for kind, payload in records(data):
        if kind != SAMPLES:
            continue
        cell, attempt, count = struct.unpack_from("<iiI", payload)
        found[(cell, attempt)] = struct.unpack_from(f"<{count}d", payload, 12)
    return found


def count(data, kind):
    return sum(1 for found, _ in records(data) if found == kind)
