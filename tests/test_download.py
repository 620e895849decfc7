"""Downloads of original recordings from a server on this machine that has every bad habit."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from introdl.__main__ import main
from introdl.datasets import catalogue
from introdl.datasets.eeg import download, load_eeg
from introdl.errors import UsageError

RECORDS, SAMPLES = 400, 500


def tiny_recording(fill: bytes = b"ab") -> bytes:
    """A file with an EDF header for one signal, and as many bytes as the header promises."""
    fixed = f"{'0':8}{'X':80}{'Startdate X X X X':80}01.01.2000.00.00{256 * 2:<8}{'EDF+C':44}"
    signal = f"{'EEG C3':16}{'':80}{'uV':8}{'-1':8}{'1':8}{'-32768':8}{'32767':8}{'':80}"
    header = f"{fixed}{RECORDS:<8}{'1':8}{'1':4}{signal}{SAMPLES:<8}{'':32}"
    assert len(header) == 512
    return header.encode() + fill * (RECORDS * SAMPLES)


class Server(ThreadingHTTPServer):
    """Serves ``content`` for any path; ``habits`` are used up one by one, one per request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = tiny_recording()
        self.habits: list[str] = []
        self.ranges: list[str | None] = []
        self.mark = '"one"'
        self.let_go = threading.Event()

    @property
    def address(self) -> str:
        """Where the recordings are."""
        return f"http://127.0.0.1:{self.server_port}/data"


class Handler(BaseHTTPRequestHandler):
    """A server with ranges, and with habits that it shouldn't have."""

    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a request."""
        server, habit = self.server, self.server.habits.pop(0) if self.server.habits else ""
        server.ranges.append(self.headers.get("Range"))
        content, wanted = server.content, self.headers.get("Range")
        if habit.isdecimal():
            self.send_error(int(habit))
            return
        if habit == "page":
            content, wanted = b"<html>Please log in.</html>", None
        if habit == "damaged header":
            content = content[:240] + b"????" + content[244:]
        if habit == "short":
            content, wanted = content[:5000], None
        if habit == "other content":
            content = tiny_recording(b"xy")
        if self.headers.get("If-Range") not in (None, server.mark) or habit == "no ranges":
            wanted = None
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if habit != "no length":
            self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", server.mark)
        self.end_headers()
        rest = content[start:]
        if habit in ("break", "stall"):
            self.wfile.write(rest[: 2**16 + len(rest) // 3])
            self.wfile.flush()
            if habit == "stall":
                server.let_go.wait(20)
            return
        self.wfile.write(rest)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server, in the place of the High-Gamma set's, and an empty cache."""
    serving = Server()
    threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("INTRODL_CACHE", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "ADDRESS", serving.address)
    monkeypatch.setattr(download, "SILENCE", (2.0, 0.3))
    monkeypatch.setattr(download, "PAUSE", 0.0)
    yield serving
    serving.let_go.set()
    serving.shutdown()
    serving.server_close()


def left_behind() -> list[str]:
    """The names of all files in the cache."""
    return sorted(path.name for path in download.folder().rglob("*") if path.is_file())


def test_a_recording_arrives_whole_and_its_checksum_is_kept(server: Server) -> None:
    train, test = download.fetch(1)
    assert train.read_bytes() == test.read_bytes() == server.content
    assert train == download.folder() / "train" / "1.edf"
    assert left_behind() == ["1.edf", "1.edf", "sha256.txt"]
    assert download.checksums() == dict.fromkeys(
        ["test/1.edf", "train/1.edf"], hashlib.sha256(server.content).hexdigest()
    )
    assert download.find(1) == download.folder()
    download.fetch(1)
    assert len(server.ranges) == 2, "what is here is not downloaded again"


@pytest.mark.parametrize("habit", ["break", "stall"])
def test_a_download_that_breaks_off_goes_on_where_it_was(server: Server, habit: str) -> None:
    server.habits = [habit, "503", habit]
    assert download.fetch_one("train/1.edf").read_bytes() == server.content
    starts = [int(text[6:-1]) for text in server.ranges if text]
    assert server.ranges[0] is None
    assert len(starts) == 3
    assert 0 < starts[0] == starts[1] < starts[2] < len(server.content)


def test_the_next_call_goes_on_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.habits = ["break", "503"]
    with pytest.raises(UsageError, match=r"broke off after 0\.2 MB of 0\.4 MB; run the same"):
        download.fetch_one("train/1.edf")
    assert left_behind() == ["1.edf.part", "1.edf.part.note"]
    with pytest.raises(UsageError, match=r"train/1\.edf is not here; fetch it with `nox -s data"):
        download.find(1)
    assert download.fetch_one("train/1.edf").read_bytes() == server.content
    assert server.ranges[-1] is not None


def test_two_versions_are_never_glued_together(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.habits = ["break", "503"]
    with pytest.raises(UsageError):
        download.fetch_one("train/1.edf")
    server.content, server.mark = tiny_recording(b"xy"), '"two"'
    assert download.fetch_one("train/1.edf").read_bytes() == server.content


def test_a_server_without_ranges_starts_again(server: Server) -> None:
    server.habits = ["break", "no ranges"]
    assert download.fetch_one("train/1.edf").read_bytes() == server.content


def test_a_server_that_states_no_length_will_do(server: Server) -> None:
    server.habits = ["no length"]
    assert download.fetch_one("train/1.edf").read_bytes() == server.content


@pytest.mark.parametrize("habit", ["page", "damaged header", "short"])
def test_what_is_no_whole_recording_is_thrown_away(server: Server, habit: str) -> None:
    server.habits = [habit]
    with pytest.raises(UsageError, match="is not a whole recording in EDF and was thrown away"):
        download.fetch_one("train/1.edf")
    assert left_behind() == []
    assert download.fetch_one("train/1.edf").read_bytes() == server.content


def test_a_changed_file_is_never_used_and_fetched_again(server: Server) -> None:
    path, _ = download.fetch(1)
    content = bytearray(server.content)
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match="was changed or is damaged; fetch it again with `nox"):
        load_eeg(1, "high-gamma")
    server.habits = ["other content"]
    with pytest.raises(UsageError, match=r"differs from what was fetched the first time; try aga"):
        download.fetch(1)
    assert not path.exists()
    assert download.fetch(1)[0].read_bytes() == server.content


def test_stopped_at_the_very_end_it_is_not_asked_for_again(server: Server) -> None:
    part = download.folder() / "train" / "1.edf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.content)
    part.with_name("1.edf.part.note").write_text(f"{len(server.content)} {server.mark}")
    assert download.fetch_one("train/1.edf").read_bytes() == server.content
    assert server.ranges == []


@pytest.mark.parametrize(
    ("habits", "words"),
    [
        (["404"], r"train/1\.edf can't be had \(HTTP status 404\); see whether the set has moved"),
        (["500"] * 4, "it can't be reached or sends nothing; look after your network"),
    ],
)
def test_refusals_are_said_in_one_sentence(
    server: Server, habits: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.habits = habits
    with pytest.raises(UsageError, match=words):
        download.fetch(1)
    assert left_behind() == []


def test_offline_is_said_at_once_and_in_one_line(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.shutdown()
    server.server_close()
    assert main(["data", "eeg"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Can't download from 127.0.0.1:")
    assert line.endswith("or work with the simulated recordings.")


def test_the_command_says_what_it_has(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "eeg", "--subject", "3"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"have {download.folder() / part / '3.edf'}" for part in ("train", "test")
    ]
    assert "train/3.edf: 100%" in said.err
    catalogue.show()
    assert "high-gamma · subjects 3 · 801.0 kB · CC BY 4.0 · original" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["eeg", "--subject", "15"], "The High-Gamma set has the subjects 1 to 14, not 15."),
        (["eeg", "--subject", "0"], "'0' is not a whole number of at least 1"),
        (["ecg"], "invalid choice: 'ecg'"),
    ],
)
def test_bad_arguments_get_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["data", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert words in line


def test_a_server_that_stays_silent_is_given_up(server: Server) -> None:
    server.habits = ["stall"] + ["503"] * 4
    with pytest.raises(UsageError, match="broke off after"):
        download.fetch_one("train/1.edf")
    assert len(server.ranges) == 5
