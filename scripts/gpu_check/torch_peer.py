"""What PyTorch makes of a bf16 product of 8192 cubed on random data: one line of JSON with all
samples. Like rackproof: ten of at least 50 ms by the GPU's clock, after one that is dropped."""

import json
import math
import sys

import torch

EDGE = int(sys.argv[1]) if len(sys.argv) > 1 else 8192
SAMPLES, SAMPLE_S = 10, 0.05


def seconds(count, a, b, c):
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(count):
        torch.mm(a, b, out=c)
    end.record()
    end.synchronize()
    return start.elapsed_time(end) * 1e-3 / count


def main():
    torch.manual_seed(1)
    a, b = (torch.randn(EDGE, EDGE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    c = torch.empty_like(a)
    seconds(2, a, b, c)
    count = max(1, math.ceil(SAMPLE_S / seconds(2, a, b, c)))
    seconds(count, a, b, c)
    values = [2 * EDGE**3 / seconds(count, a, b, c) for _ in range(SAMPLES)]
    exact = a[:64].double() @ b.double()
    if ((c[:64].double() - exact).norm() / exact.norm()).item() > 1e-2:
        sys.exit("PyTorch's product is wrong")
    print(json.dumps({"peer": "PyTorch", "figure": "gemm.bf16", "unit": "FLOP/s",
                      "how": f"torch {torch.__version__}", "values": values}))


main()
