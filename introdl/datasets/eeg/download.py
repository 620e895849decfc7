"""Download recordings of the High-Gamma set, and find those that were downloaded.

A recording is collected in ``1.edf.part`` beside its place, where a broken download goes on the
next time, and is moved to ``1.edf`` once it is whole. Its checksum is then written down, and from
then on it is compared each time.
"""

import os
import time
from pathlib import Path
from typing import Any

from introdl.datasets.eeg.layout import PARTS, cache, need
from introdl.datasets.eeg.recording import check_whole
from introdl.errors import UsageError

ADDRESS = "https://web.gin.g-node.org/robintibor/high-gamma-dataset/raw/master/data"
SUBJECTS = 14

SILENCE = (10.0, 30.0)  # s, to wait for a connection and for further bytes
ATTEMPTS = 4  # in a row that bring nothing new, before giving up
PAUSE = 2.0  # s, between two attempts
CHUNK = 2**16  # bytes


def folder() -> Path:
    """Where the set is kept."""
    return cache() / "high-gamma"


def check_subject(subject: int) -> None:
    """Refuse a subject that the set doesn't have.

    Raises:
        UsageError: if there is no such subject.
    """
    if subject > SUBJECTS:
        raise UsageError(f"The High-Gamma set has the subjects 1 to {SUBJECTS}, not {subject}.")


def find(subject: int) -> Path:
    """The folder with a subject's downloaded recordings, compared with their checksums.

    Raises:
        UsageError: if there is no such subject, or it is not downloaded, or was changed.
    """
    check_subject(subject)
    command = f"`nox -s data -- eeg --subject {subject}`"
    known = checksums()
    for part in PARTS:
        name = f"{part}/{subject}.edf"
        path = folder() / name
        if name not in known or not path.is_file():
            raise UsageError(
                f"The High-Gamma recording {name} is not here; fetch it with {command} "
                "(about 1.3 GB for a subject)."
            )
        if need("pooch").file_hash(str(path)) != known[name]:
            raise UsageError(f"'{path}' was changed or is damaged; fetch it again with {command}.")
    return folder()


def fetch(subject: int) -> list[Path]:
    """Download a subject's two recordings, or what is missing of them.

    Returns:
        Their paths.

    Raises:
        UsageError: if there is no such subject, or a recording can't be had whole.
    """
    check_subject(subject)
    return [fetch_one(f"{part}/{subject}.edf") for part in PARTS]


def fetch_one(name: str) -> Path:
    """Download one recording, such as ``train/1.edf``, unless it is here and undamaged."""
    pooch = need("pooch")
    pooch.get_logger().setLevel("WARNING")
    path = folder() / name
    known = checksums().get(name)
    if path.is_file() and known not in (None, pooch.file_hash(str(path))):
        path.unlink()
    try:
        pooch.retrieve(
            f"{ADDRESS}/{name}", known, path.name, path.parent,
            downloader=Resumable(path.with_name(f"{path.name}.part")),
        )  # fmt: skip
    except ValueError:  # pooch says so where the checksum differs
        raise UsageError(
            f"What arrived for {name} differs from what was fetched the first time; try again, or "
            f"remove '{folder() / 'sha256.txt'}' if the set itself has a new version."
        ) from None
    except OSError as error:
        raise UsageError(f"Can't write '{path}': {error.strerror or error}.") from None
    if known is None:
        record(name, pooch.file_hash(str(path)))
    return path


def checksums() -> dict[str, str]:
    """The sha256 of each recording that was fetched, by its name."""
    path = folder() / "sha256.txt"
    lines = path.read_text("ascii").splitlines() if path.is_file() else []
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}


def record(name: str, checksum: str) -> None:
    """Write a checksum down, in the form that ``sha256sum --check`` reads."""
    known = {**checksums(), name: checksum}
    unfinished = folder() / "sha256.txt.part"
    unfinished.write_text("".join(f"{known[key]}  {key}\n" for key in sorted(known)), "ascii")
    os.replace(unfinished, folder() / "sha256.txt")


class Resumable:
    """A downloader for pooch that continues what broke off, and hands over whole recordings only.

    Beside the part there is a note of the server's mark of this version (ETag or date) and of its
    size, so that two versions are never glued together.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self.note = part.with_name(f"{part.name}.note")

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Download ``url`` to ``output_file``.

        Raises:
            UsageError: if the server can't be reached, keeps breaking off, or has no such file.
        """
        requests = need("requests")
        failures = 0
        while not self.part_is_whole():
            before = self.size()
            try:
                self.receive(url)
                break
            except requests.HTTPError as error:
                status = error.response.status_code
                if status == 416:  # less than has arrived: it is another version now
                    self.forget()
                elif status < 500:
                    raise UsageError(
                        f"{url} can't be had (HTTP status {status}); see whether the set has moved."
                    ) from None
            except requests.RequestException:
                pass
            failures = 0 if self.size() > before else failures + 1
            if failures == ATTEMPTS:
                raise UsageError(self.failed(url))
            time.sleep(PAUSE)
        try:
            check_whole(self.part)
        except UsageError:
            self.forget()
            raise UsageError(
                f"What arrived from {url} is not a whole recording in EDF and was thrown away; try "
                "again later."
            ) from None
        os.replace(self.part, output_file)
        self.forget()

    def size(self) -> int:
        """How many bytes have arrived."""
        return self.part.stat().st_size if self.part.is_file() else 0

    def noted(self) -> tuple[str, int]:
        """The version's mark and whole size; empty and 0 where unknown."""
        if not (self.note.is_file() and self.part.is_file()):
            return "", 0
        size, _, mark = self.note.read_text("utf-8").partition(" ")
        return mark, int(size)

    def part_is_whole(self) -> bool:
        """Whether nothing is missing, because an earlier attempt was stopped at the very end."""
        return 0 < self.size() == self.noted()[1]

    def receive(self, url: str) -> None:
        """One attempt: ask for what is missing, and write it down as it comes."""
        requests = need("requests")
        from tqdm import tqdm  # type: ignore[import-untyped]

        have, (mark, whole) = self.size(), self.noted()
        headers = {"Accept-Encoding": "identity"}  # as it is, so that bytes can be counted
        if 0 < have < whole:
            headers |= {"Range": f"bytes={have}-"} | ({"If-Range": mark} if mark else {})
        with requests.get(url, headers=headers, stream=True, timeout=SILENCE) as reply:
            reply.raise_for_status()
            goes_on = reply.headers.get("Content-Range") == f"bytes {have}-{whole - 1}/{whole}"
            start = have if reply.status_code == 206 and goes_on else 0
            if reply.status_code == 206 and not goes_on:  # not what was asked for: from the start
                self.forget()
                raise requests.ConnectionError
            length = int(reply.headers.get("Content-Length", 0))
            total = start + length if length else 0
            if start == 0:
                self.begin(reply.headers, total)
            with (
                self.part.open("r+b") as file,
                tqdm(
                    total=total or None, initial=start, desc="/".join(url.split("/")[-2:]),
                    unit="B", unit_scale=True,
                ) as bar,
            ):  # fmt: skip
                file.seek(start)
                for chunk in reply.iter_content(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
        if self.size() < total:
            raise requests.ConnectionError

    def begin(self, headers: Any, total: int) -> None:
        """Begin an empty part, with a note of the version."""
        mark = headers.get("ETag", "")
        if not mark or mark.startswith("W/"):  # a weak mark doesn't promise the same bytes
            mark = headers.get("Last-Modified", "")
        self.part.parent.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(b"")
        self.note.write_text(f"{total} {mark}", "utf-8")

    def forget(self) -> None:
        """Remove the part and its note."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def failed(self, url: str) -> str:
        """What to say when giving up."""
        host = url.split("/")[2]
        have, whole = self.size(), self.noted()[1]
        if not have:
            return (
                f"Can't download from {host}: it can't be reached or sends nothing; look after "
                "your network and try again, or work with the simulated recordings."
            )
        arrived = f"{have / 1e6:.1f} MB" + (f" of {whole / 1e6:.1f} MB" if whole else "")
        return (
            f"The download from {host} broke off after {arrived}; "
            "run the same command again and it goes on from there."
        )
