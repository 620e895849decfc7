"""The fence around a student's process: namespaces where the machine allows them, and limits.

With namespaces the process has a root of its own that holds Python, this package and the data, all
read-only, and a private copy of the submission; no network, and no other process in sight.
Source: the manual pages unshare(2), user_namespaces(7), pivot_root(2), mount_setattr(2), prctl(2).
"""

import contextlib
import ctypes
import os
import re
import resource
import shutil
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from introdl.course import ROOT

NAMESPACES, LIMITS = "namespaces", "limits"
DESCRIPTIONS = {
    NAMESPACES: "own file system (read-only), own processes, no network; time, memory and "
    "output limits",
    LIMITS: "time, memory and output limits only; this machine allows no namespaces",
}

# What a process that tests or is tested needs to know. Tests compute little and compile much, so
# compiling with the least optimisation takes a third less time in all.
ENVIRONMENT = {
    "JAX_PLATFORMS": "cpu",
    "MPLBACKEND": "Agg",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
}
COMPILED = "/compiled"  # where a fenced process finds compiled reference code

CPU_SECONDS = 900
FILE_BYTES = 16 << 20
MEMORY_BYTES = 3 << 30
PROCESSES = 64

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE, _MNT_DETACH = 32, 4096, 16384, 1 << 18, 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SYS_MOUNT_SETATTR = 442
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode() if kind else None)
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode()), f"mount {target}")


def prctl(option: int, value: int) -> None:
    """Set a property of this process; macOS has no such call, so nothing happens there."""
    if sys.platform == "linux":
        _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of whatever a student's process leaves behind."""
    prctl(_PR_SET_SUBREAPER, 1)


@dataclass(frozen=True)
class Place:
    """Where a student's process lives.

    Args:
        stage: the submission's files as the grader copied them.
        home: an empty folder; it becomes the root, or without namespaces holds the copy.
        hidden: folders that must not be seen even when a visible folder contains them.
        compiled: the folder of compiled reference code, or None.
        reference: whether this is reference code, which fills that folder.
    """

    stage: Path
    home: Path
    hidden: tuple[Path, ...]
    compiled: Path | None = None
    reference: bool = False


def visible() -> list[str]:
    """What a student's process may read: Python, its libraries, this package, the data."""
    system = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt"]
    system += ["/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives"]
    # Not the whole of sys.path: it names the folder in which a person typed the command, too.
    libraries = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    python = [sys.prefix, sys.base_prefix, *libraries]
    course = [str(ROOT / "introdl"), str(ROOT / "data")]
    found = [os.path.abspath(path) for path in [*system, *python, *course] if path]
    existing = {path for path in found if os.path.exists(path)} - {str(ROOT), "/"}
    # A folder inside another visible one needs no mount of its own.
    return [p for p in sorted(existing) if not any(p.startswith(f"{q}/") for q in existing)]


def unshare() -> None:
    """Give this process its own user, mount, process, network and IPC namespaces.

    Raises:
        OSError: if the machine forbids it.
    """
    uid, gid = os.geteuid(), os.getegid()
    flags = _CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC
    prctl(_PR_SET_DUMPABLE, 1)
    _check(_libc.unshare(flags), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def build_root(place: Place) -> None:
    """Mount the new root: what is visible read-only, the submission's copy writable."""
    root = str(place.home)
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=16m,mode=755")
    for name in ("proc", "old", "tmp", "course"):
        os.mkdir(f"{root}/{name}")
    for name in ("tmp", "course"):
        _mount("tmpfs", f"{root}/{name}", "tmpfs", _MS_NOSUID | _MS_NODEV, "size=128m,mode=755")
    for path in visible():
        target = root + path
        if os.path.islink(path) and os.path.dirname(path) == "/":
            os.symlink(os.readlink(path), target)
            continue
        _bind(path, target)
        _read_only(target)
    for folder in place.hidden:
        if os.path.isdir(root + str(folder)):
            _mount("tmpfs", root + str(folder), "tmpfs", _MS_RDONLY, "size=0")
    if place.compiled:
        _show_compiled(place.compiled, root, place.reference)
    for name in ("null", "zero", "full", "random", "urandom"):
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    shutil.copytree(place.stage, f"{root}/course", dirs_exist_ok=True)
    _mount("none", root, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _show_compiled(folder: Path, root: str, reference: bool) -> None:
    """Mount the compiled reference code: for a submission read-only, and without a list of names.

    An entry's name is a hash of the program from which it was compiled. So code finds what it would
    compile itself, and no solution that it doesn't have. The list is kept back by an overlay: its
    top layer, a folder that may be entered but not listed, gives it its rights. Where the machine
    has no overlays, the folder stays empty.
    """
    target = root + COMPILED
    if reference:
        _bind(str(folder), target)
        return
    cover = f"{root}/cover"
    os.mkdir(target)
    os.mkdir(cover)
    os.chmod(cover, 0o311)
    below = re.sub(r"([\\:,])", r"\\\1", str(folder))
    with contextlib.suppress(OSError):
        flags = _MS_RDONLY | _MS_NOSUID | _MS_NODEV
        _mount("overlay", target, "overlay", flags, f"lowerdir={cover}:{below}")


def _bind(path: str, target: str) -> None:
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _mount(path, target, None, _MS_BIND | _MS_REC)


def _read_only(target: str) -> None:
    attributes = struct.pack("=QQQQ", _MS_RDONLY | _MS_NOSUID | _MS_NODEV, 0, 0, 0)
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, attributes, len(attributes)
    )
    _check(result, f"mount_setattr {target}")


def enter_root(place: Place) -> None:
    """As process 1 of the namespace: mount /proc, change the root, drop all capabilities."""
    root = str(place.home)
    flags = _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    _mount("proc", f"{root}/proc", "proc", flags)
    os.chdir(root)
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, b".", b"old"), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/old", _MNT_DETACH), "umount")
    for capability in range(64):
        prctl(_PR_CAPBSET_DROP, capability)
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    _check(_libc.syscall(_SYS_CAPSET[os.uname().machine], header, none), "capset")
    os.chdir("/course")


def limit() -> None:
    """Bound processor time and file size, forbid core dumps."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def quiet(folder: str) -> None:
    """No input, and output into a file that can't grow beyond the limit; a clean environment."""
    null = os.open("/dev/null", os.O_RDONLY)
    out = os.open(f"{folder}/output", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for source, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(
        HOME=folder,
        TMPDIR=folder,
        PATH="/usr/bin:/bin",
        LANG="C.UTF-8",
        **ENVIRONMENT,
    )


def resident(pid: int) -> tuple[int, int]:
    """Private resident bytes and number of processes of a process and its descendants."""
    total, count = 0, 1
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
        total = (int(pages[1]) - int(pages[2])) * resource.getpagesize()
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                below, more = resident(int(child))
                total, count = total + below, count + more
    except (OSError, IndexError, ValueError):  # it ended meanwhile
        pass
    return total, count


def children() -> list[int]:
    """The processes whose parent is this one."""
    try:
        return [int(p) for p in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []
