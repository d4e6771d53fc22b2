"""The bundle for a machine that has a GPU and nothing else: no MPI, no HDF5, no registry.

    BUNDLE/gpu-check, gpu_check/    these scripts
    BUNDLE/bin/                     rackproof, mpirun, orted, the tests and the peers
    BUNDLE/lib/                     the shared libraries they need, but for the C library's own
    BUNDLE/lib/rackproof/           the CUDA back end
    BUNDLE/lib/openmpi/, lib/pmix/  Open MPI's plugins
    BUNDLE/share/                   plans, Open MPI's texts
    BUNDLE/bundle.json              what it was made of

The C library is that machine's (glibc of this one or newer), and so are CUDA's libraries.
"""

import glob
import json
import pathlib
import re
import shutil
import subprocess

MOST_BYTES = 64 << 20
# The C library's own; they must fit the kernel and the loader of the machine that runs them.
GLIBC = re.compile(r"(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|anl|mvec|nsl|nss_.*))"
                   r"\.so[.0-9]*")
CUDA = re.compile(r"lib(cuda|cudart|cublas|cublasLt|curand|nccl|nvidia-ml)\.so[.0-9]*")


class CannotPack(Exception):
    """What is missing, in words for whoever called."""


def output_of(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise CannotPack(f"{' '.join(map(str, command))} exits with {done.returncode}: "
                         f"{done.stderr.strip()[-500:]}")
    return done.stdout


def needed_by(program):
    """{name: path} of all shared libraries that the loader finds for `program`, at any depth, but
    for the C library's and CUDA's."""
    found = {}
    for line in output_of("ldd", program).splitlines():
        name, _, rest = line.strip().partition(" => ")
        name = pathlib.Path(name.split(" ")[0]).name
        if GLIBC.fullmatch(name) or CUDA.fullmatch(name) or not rest:
            continue
        if rest.startswith("not found"):
            raise CannotPack(f"{program} needs {name}, which is not found")
        found[name] = pathlib.Path(rest.rsplit(" (", 1)[0])
    return found


class Bundle:
    def __init__(self, folder):
        self.folder = folder
        self.libraries = {}

    def take(self, source, place):
        """Copies a file to BUNDLE/place."""
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
        return target

    def take_program(self, source, place):
        """Copies a program or library, and notes the libraries that it needs."""
        self.libraries |= needed_by(source)
        return self.take(source, place)

    def take_built(self, source, place):
        """The same of what was built here, without its symbols."""
        output_of("strip", "--strip-unneeded", self.take_program(source, place))

    def take_libraries(self):
        for name, path in sorted(self.libraries.items()):
            self.take(path, f"lib/{name}")

    def bytes(self):
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def open_mpi_folders():
    """{what: folder} as this machine's Open MPI says."""
    found = dict(re.findall(r"^\s*(\w+): (/.*)$", output_of("ompi_info", "--path", "all"), re.M))
    for what in ("Bindir", "Pkglibdir", "Pkgdatadir"):
        if what not in found:
            raise CannotPack(f"ompi_info names no {what}; Open MPI 4 is expected")
    return {what: pathlib.Path(folder) for what, folder in found.items()}


def take_open_mpi(bundle):
    """mpirun, orted, and every plugin that needs no library beyond what is there anyway, or only
    PMIx. So UCX, libfabric and verbs stay at home: one machine talks to itself."""
    folders = open_mpi_folders()
    bundle.take_program((folders["Bindir"] / "orterun").resolve(), "bin/mpirun")
    bundle.take_program((folders["Bindir"] / "orted").resolve(), "bin/orted")
    plugins = sorted(folders["Pkglibdir"].glob("mca_*.so"))
    pmix = [path for path in plugins if re.fullmatch(r"mca_pmix_ext\w*\.so", path.name)]
    for path in pmix:
        bundle.take_program(path, f"lib/openmpi/{path.name}")
    here = set(bundle.libraries)
    for path in plugins:
        if path not in pmix and set(needed_by(path)) <= here:
            bundle.take_program(path, f"lib/openmpi/{path.name}")
    for path in folders["Pkgdatadir"].glob("help-*.txt"):
        bundle.take(path, f"share/openmpi/{path.name}")
    for library in [path for name, path in bundle.libraries.items() if name.startswith("libpmix.")]:
        take_pmix_plugins(bundle, library)


def take_pmix_plugins(bundle, library):
    """Those of a PMIx outside of Open MPI lie in a folder beside the library itself."""
    for path in map(pathlib.Path, glob.glob(f"{library.resolve().parent}/pmix/*.so")):
        if set(needed_by(path)) <= set(bundle.libraries):
            bundle.take_program(path, f"lib/pmix/{path.name}")


def cuda_tests(build):
    """[{name, program, arguments}] of the tests labelled cuda, as ctest would run them, and the
    names of those that are no programs of the build."""
    listing = json.loads(output_of("ctest", "--test-dir", build, "-L", "^cuda$",
                                   "--show-only=json-v1"))
    tests, left_out = [], []
    for test in listing["tests"]:
        if not test.get("command"):
            raise CannotPack(f"test {test['name']} has no program: build it first")
        program, *arguments = test["command"]
        if not pathlib.Path(program).is_relative_to(build):
            left_out.append(test["name"])
            continue
        tests.append({"name": test["name"], "program": program, "arguments": arguments})
    return tests, left_out


def take_tests(bundle, build):
    tests, left_out = cuda_tests(build)
    for program in sorted({test["program"] for test in tests}):
        bundle.take_built(program, f"bin/{pathlib.Path(program).name}")
    for test in tests:
        test["program"] = pathlib.Path(test["program"]).name
    return tests, left_out


def cache_value(build, name):
    found = re.search(rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)
    return found[1] if found else ""


def commit_of(root):
    done = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "not known"


def check_built(build):
    if not (build / "CMakeCache.txt").is_file():
        raise CannotPack(f"{build} is no build folder; scripts/build makes it")
    if cache_value(build, "WITH_CUDA") != "ON":
        raise CannotPack(f"{build} is built without CUDA (WITH_CUDA)")
    for place in ("app/rackproof", "devices/cuda/librackproof_cuda.so", "bench/gpu_peers",
                  "bench/sanitizer_bait", "bench/gpu_copy_ways"):
        if not (build / place).is_file():
            raise CannotPack(f"{build / place} is not built")


def pack(root, build, folder):
    """Makes the bundle anew in `folder`; returns its size. An old bundle there is replaced, any
    other folder refused."""
    build = build.resolve()
    check_built(build)
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "bundle.json").is_file():
            raise CannotPack(f"{folder} is not empty and no bundle; it is left as it is")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    bundle = Bundle(folder)
    (folder / "bundle.json").write_text("{}")  # so that half a bundle is known for one
    bundle.take_built(build / "app/rackproof", "bin/rackproof")
    bundle.take_built(build / "devices/cuda/librackproof_cuda.so", "lib/rackproof/librackproof_cuda.so")
    for name in ("gpu_peers", "sanitizer_bait", "gpu_copy_ways"):
        bundle.take_built(build / "bench" / name, f"bin/{name}")
    tests, left_out = take_tests(bundle, build)
    take_open_mpi(bundle)
    bundle.take_libraries()
    shutil.copytree(root / "plans", folder / "share/rackproof/plans")
    bundle.take(root / "scripts/gpu-check", "gpu-check")
    shutil.copytree(root / "scripts/gpu_check", folder / "gpu_check",
                    ignore=shutil.ignore_patterns("__pycache__"))
    facts = {"commit": commit_of(root), "tests": tests, "left_out": left_out,
             "version": output_of(build / "app/rackproof", "--version").strip(),
             "cublaslt": cublaslt_of(build)}
    (folder / "bundle.json").write_text(json.dumps(facts, indent=1))
    return bundle.bytes()


def cublaslt_of(build):
    """The file name of the cuBLASLt that the peers were linked with."""
    found = re.search(r"NEEDED.*\[(libcublasLt\.so[.0-9]*)\]",
                      output_of("readelf", "-d", build / "bench/gpu_peers"))
    if not found:
        raise CannotPack("bench/gpu_peers is not linked with cuBLASLt")
    return found[1]
