"""From what was measured to the table that gpu-check prints last. What has no number is not ok."""

import csv
import io
import re
import statistics
from dataclasses import dataclass, field

UNITS = {"FLOP/s": (1e12, "TFLOP/s"), "B/s": (1e9, "GB/s"), "s": (1e-9, "ns"), "W": (1.0, "W"),
         "degC": (1.0, "degC"), "1": (1.0, "")}


@dataclass(frozen=True)
class Aim:
    """A figure that is held against peers of the same rounds: rackproof's median over the rounds by
    the best peer's."""
    figure: str
    peers: tuple
    least: float


AIMS = [
    Aim("gemm.bf16", ("PyTorch", "cublasLt"), 0.98),
    Aim("membw.copy.gpu", ("cudaMemcpy",), 0.98),
    Aim("membw.h2d", ("cudaMemcpyAsync",), 0.98),
    Aim("membw.d2h", ("cudaMemcpyAsync",), 0.98),
    Aim("membw.h2d_d2h", ("cudaMemcpyAsync",), 0.98),
]
# What NVIDIA's data sheets promise of the SXM parts (dense, without sparsity); stated only.
CEILINGS = {"H100": {"gemm.bf16": 989e12, "membw.copy.gpu": 3.35e12},
            "H200": {"gemm.bf16": 989e12, "membw.copy.gpu": 4.8e12}}
# What a chip before sm_100 has not: skipped, and said so, is well; so is what needs a second GPU, on a
# machine of one.
MAY_BE_SKIPPED = ("gemm.nvfp4",)
OF_SEVERAL_GPUS = ("p2p.", "collectives.")
MEMORY_PATTERNS = ("walking", "inversions", "address", "random")
LEAST_SHARE = 0.95
MOST_PATTERN_SET_S = 60
POWER_BAND = 0.03


@dataclass
class Row:
    figure: str
    value: str
    peer: str = ""
    ratio: str = ""
    aim: str = ""
    ok: bool | None = None  # None: no aim, stated only


@dataclass
class Cell:
    """One metric of one target, from `rackproof report --csv`."""
    unit: str
    outcome: str = ""
    reason: str = ""
    values: list = field(default_factory=list)


def cells_from(text):
    """{metric: [Cell]} of the last attempt of each target."""
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        key = (row["metric"], row["node"], row["device"], row["peer"])
        attempt = int(row["attempt"] or 0)
        if key not in found or attempt > found[key][0]:
            found[key] = (attempt, Cell(row["unit"], row["outcome"], row["reason"]))
        if attempt == found[key][0] and row["value"]:
            found[key][1].values.append(float(row["value"]))
    metrics = {}
    for key, (_, cell) in found.items():
        metrics.setdefault(key[0], []).append(cell)
    return metrics


def quantity(value, unit):
    scale, symbol = UNITS.get(unit, (1.0, unit))
    return f"{value / scale:.4g} {symbol}".strip()


def median_of(cells):
    """The median of all samples of a metric, the worst over its targets being unknown here: one GPU
    is the rule. None without a number, or if any target did not complete."""
    if not cells or any(cell.outcome != "completed" or not cell.values for cell in cells):
        return None
    return statistics.median(value for cell in cells for value in cell.values)


def why_no_number(cells):
    for cell in cells or ():
        if cell.outcome != "completed":
            return f"{cell.outcome}: {cell.reason}"[:48]
    return "no number"


def is_alone(devices):
    """True if the lines of `rackproof list devices` show one GPU, and none that is kept from us."""
    gpus = [line for line in devices if re.match(r"gpu\d", line)]
    return len(gpus) == 1 and not any(line.startswith("not all GPUs:") for line in devices)


def is_not_here(metric, cells, alone):
    may_be_skipped = metric.startswith(MAY_BE_SKIPPED) or (alone and metric.startswith(OF_SEVERAL_GPUS))
    return may_be_skipped and all(cell.outcome == "skipped" for cell in cells)


def ceilings_of(model):
    return next((known for name, known in CEILINGS.items() if name in model), {})


def peer_rows(rounds, model):
    """Rows of AIMS. `rounds`: {figure: {source: [median of a round]}}; `model`: the GPU's."""
    rows = []
    ceilings = ceilings_of(model)
    for aim in AIMS:
        unit = "FLOP/s" if aim.figure.startswith("gemm") else "B/s"
        sources = {source: statistics.median(values)
                   for source, values in rounds.get(aim.figure, {}).items() if values}
        own = sources.get("rackproof")
        peers = {name: sources[name] for name in aim.peers if name in sources}
        text = "no number" if own is None else quantity(own, unit)
        if own is not None and aim.figure in ceilings:
            ceiling = ceilings[aim.figure]
            text += f" ({own / ceiling:.0%} of {quantity(ceiling, unit)})"
        if own is None or len(peers) < len(aim.peers):
            lacking = [name for name in aim.peers if name not in peers]
            rows.append(Row(aim.figure, text, "none: " + ", ".join(lacking) if lacking else "",
                            "", f">= {aim.least}", False))
            continue
        best = max(peers, key=peers.get)
        ratio = own / peers[best]
        rows.append(Row(aim.figure, text, f"{quantity(peers[best], unit)} {best}", f"{ratio:.3f}",
                        f">= {aim.least}", ratio >= aim.least))
    return rows


def plain_rows(metrics, peers, alone):
    """A row for each metric of the run that has no row of its own; a metric without a number is not
    ok. `peers`: {figure: value}, stated and not judged; `alone`: the machine has one GPU."""
    rows = []
    named = {aim.figure for aim in AIMS}
    for metric in sorted(metrics):
        if metric.startswith("memtest.") or metric in named or metric.endswith(".power"):
            continue
        value = median_of(metrics[metric])
        if value is None:
            row = Row(metric, why_no_number(metrics[metric]))
            if not is_not_here(metric, metrics[metric], alone):
                row.aim, row.ok = "a number", False
            rows.append(row)
            continue
        unit = metrics[metric][0].unit
        peer = peers.get(metric)
        rows.append(Row(metric, quantity(value, unit), quantity(peer, unit) if peer else "",
                        f"{value / peer:.3f}" if peer else ""))
    return rows


def memory_rows(metrics, facts):
    """Share of the free memory, and the seconds that one pass of all patterns takes. `facts`:
    {metric: {share_of_free, bytes, passes}} as the run file's variants say."""
    shares, seconds, lacking = [], 0.0, []
    for pattern in MEMORY_PATTERNS:
        metric = f"memtest.{pattern}"
        rate = median_of(metrics.get(metric))
        known = facts.get(metric, {})
        if rate is None or not {"share_of_free", "bytes", "passes"} <= set(known):
            lacking.append(f"{metric}: {why_no_number(metrics.get(metric))}")
            continue
        shares.append(known["share_of_free"])
        seconds += 4 * known["passes"] * known["bytes"] / rate  # written twice, read twice
    if lacking:
        return [Row("memtest", lacking[0], aim="all patterns", ok=False)]
    return [Row("memtest, of free memory", f"{min(shares):.1%}", "", "", f">= {LEAST_SHARE:.0%}",
                min(shares) >= LEAST_SHARE),
            Row("memtest, a set of patterns", f"{seconds:.1f} s", "", "",
                f"< {MOST_PATTERN_SET_S} s", seconds < MOST_PATTERN_SET_S)]


def power_row(metrics, limit_w, reason, is_well):
    """The burn-in's power in its second half against the enforced limit; `reason`: what kept it
    away from that, and whether that is well."""
    cells = [cell for metric in metrics if metric.startswith("burnin.") and metric.endswith(".power")
             for cell in metrics[metric]]
    if median_of(cells) is None or limit_w is None:
        text = why_no_number(cells) if median_of(cells) is None else "the limit is not known"
        return Row("burn-in's power", text, aim=f"within {POWER_BAND:.0%}", ok=False)
    half = [value for cell in cells for value in cell.values[len(cell.values) // 2:-2]]
    power_w = statistics.median(half or cells[0].values)
    near = power_w >= (1 - POWER_BAND) * limit_w
    aim = f"within {POWER_BAND:.0%}" + ("" if near else ", or why")
    text = f"{power_w:.0f} W" + ("" if near or not reason else f": {reason}")
    return Row("burn-in's power", text, f"limit {limit_w:.0f} W", f"{power_w / limit_w:.3f}", aim,
               near or is_well)


def table(rows):
    """Lines of text; the last column says ok, NOT, or nothing where there is no aim."""
    lines = [("figure", "rackproof", "peer", "ratio", "aim", "")]
    for row in rows:
        word = {True: "ok", False: "NOT", None: ""}[row.ok]
        lines.append((row.figure, row.value, row.peer, row.ratio, row.aim, word))
    widths = [max(len(line[i]) for line in lines) for i in range(6)]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip()
            for line in lines]
