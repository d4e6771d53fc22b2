"""A run's journal as a test follows it while it is written (the layout: runners/journal.hpp)."""

import struct
from pathlib import Path

FILE_HEADER = 12
ENTRY_HEADER = struct.Struct("<IQ")
# The number of a record's type, and its members of fixed size (core/record.hpp, core/wire.hpp).
RUN_STARTED = 0
CELL_BEGUN = 4
CELL_BEGUN_MEMBERS = struct.Struct("<iiid")
CELL = struct.Struct("<iii")


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


def begun_attempts(journal: Path):
    """(cell, rank) for each time that a rank has begun a cell, in order."""
    for kind, members in entries(journal):
        if kind == CELL_BEGUN:
            cell, _, rank, _ = CELL_BEGUN_MEMBERS.unpack(members)
            yield cell, rank


def cells_begun(journal: Path):
    """The numbers of the cells that some rank has begun, and which ranks."""
    begun = {}
    for cell, rank in begun_attempts(journal):
        begun.setdefault(cell, set()).add(rank)
    return begun


def planned_cells(journal: Path):
    """(case, first, second) of every cell of the manifest, in order; none before there is one.
    They are the last member of the first record: a count, and then so many, from case 0 on."""
    for kind, members in entries(journal):
        if kind != RUN_STARTED:
            break
        for count in range(1, len(members) // CELL.size):
            begin = len(members) - count * CELL.size
            first_case = CELL.unpack_from(members, begin)[0]
            if struct.unpack_from("<I", members, begin - 4)[0] == count and first_case == 0:
                return list(CELL.iter_unpack(members[begin:]))
    return []
