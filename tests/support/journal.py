"""A run's journal as a test follows it while it is written (the layout: runners/journal.hpp)."""

import struct
from pathlib import Path

FILE_HEADER = 12
ENTRY_HEADER = struct.Struct("<IQ")
# The number of a record's type, and its members of fixed size (core/record.hpp, core/wire.hpp).
CELL_BEGUN = 4
CELL_BEGUN_MEMBERS = struct.Struct("<iiid")


def entries(journal: Path):
    """(type, members as bytes) of each whole entry there is; none if there is no file yet."""
    try:
        data = journal.read_bytes()
    except FileNotFoundError:
        return
    at = FILE_HEADER
    while at + ENTRY_HEADER.size <= len(data):
        length, _ = ENTRY_HEADER.unpack_from(data, at)
        at += ENTRY_HEADER.size
        if at + length > len(data) or length == 0:
            return
        yield data[at], data[at + 1:at + length]
        at += length


def cells_begun(journal: Path):
    """The numbers of the cells that some rank has begun."""
    return {CELL_BEGUN_MEMBERS.unpack(members)[0]
            for kind, members in entries(journal) if kind == CELL_BEGUN}
