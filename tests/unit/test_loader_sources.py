"""What loaders are fed with: files, folders and archives, among them broken and hostile ones."""

from __future__ import annotations

import gc
import gzip
import io
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest

from loaders import sources
from tests.support.loader_runs import DATA, run

COURSES = b"id,title@en\nx,X\n"


def zipped(path: Path, **members: bytes) -> Path:
    """Write a zip archive of these CSV files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.csv", data)
    return path


def test_members_of_an_archive_are_named_with_it(tmp_path: Path) -> None:
    loaded = run(tmp_path, "table", zipped(tmp_path / "all.zip", b=b"id,title@en\ny,Y\n", a=COURSES))
    assert list(loaded.records.values()) == ["all.zip/a.csv:2", "all.zip/b.csv:2"]


@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_truncated_zip_is_refused(tmp_path: Path, kept: float) -> None:
    path = zipped(tmp_path / "all.zip", a=COURSES + b"".join(b"%d,T%d\n" % (n, n * n) for n in range(5000)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    loaded = run(tmp_path, "table", path)
    assert (loaded.code, loaded.said("error")) == (2, [("all.zip", 0, "")])
    assert "zip" in loaded.messages()


def test_zip_with_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", a=b"id,title@en\n" + b"".join(b"%d,T%d\n" % (n, n * n) for n in range(5000)))
    data = bytearray(path.read_bytes())
    data[2000:2010] = b"\xff" * 10
    path.write_bytes(bytes(data))
    loaded = run(tmp_path, "table", path)
    assert (loaded.code, loaded.said("error")[0][0]) == (2, "all.zip/a.csv")


@pytest.mark.parametrize(("place", "value", "said"), [(0, 1, "encrypted"), (2, 99, "compression")])
def test_zip_with_a_member_that_cannot_be_unpacked_is_refused(
    tmp_path: Path, place: int, value: int, said: str
) -> None:
    path = zipped(tmp_path / "all.zip", a=COURSES)
    data = bytearray(path.read_bytes())
    # Flags and method stand at 6 and 8 of the local header, at 8 and 10 of the central one (APPNOTE 4.3.7, 4.3.12).
    for header in (6, data.index(b"PK\1\2") + 8):
        data[header + place : header + place + 2] = value.to_bytes(2, "little")
    path.write_bytes(bytes(data))
    loaded = run(tmp_path, "table", path)
    assert (loaded.code, loaded.said("error")) == (2, [("all.zip/a.csv", 0, "")])
    assert said in loaded.messages()


def test_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(201):
            member.write(bytes(1 << 20))
    loaded = run(tmp_path, "table", path)
    assert (loaded.code, loaded.text, loaded.said("error")) == (2, "", [("bomb.zip", 0, "")])
    assert "bomb" in loaded.messages()


def test_zip_bomb_that_says_it_is_an_xlsx_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as member:
        for _ in range(201):
            member.write(bytes(1 << 20))
    assert "bomb" in run(tmp_path, "table", path).messages()


def test_large_archive_that_is_packed_as_text_packs_is_no_bomb(tmp_path: Path) -> None:
    size = sources.MAX_UNPACKED_BYTES + 1
    for packed, refused in ((size // 50, False), (size // 200, True)):
        info = zipfile.ZipInfo("esco.ttl")
        info.file_size, info.compress_size = size, packed
        archive = zipfile.ZipFile(io.BytesIO(), "w")
        archive.filelist.append(info)
        try:
            sources.check_archive(archive, "esco.zip")
            was_refused = False
        except sources.SourceError:
            was_refused = True
        archive.filelist.clear()
        assert was_refused is refused


def test_workbook_that_declares_entities_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "title@en"])
    book.active.append(["x", "X"])
    book.save(tmp_path / "good.xlsx")
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            bad.writestr(name, data)
    loaded = run(tmp_path, "table", tmp_path / "bad.xlsx", "--vocabulary", DATA / "codes")
    assert (loaded.code, loaded.said("error")) == (2, [("bad.xlsx", 0, "")])


def test_line_without_end_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    path = tmp_path / "courses.csv"
    with path.open("wb") as stream:
        stream.write(COURSES + b"y,")
        stream.truncate(1 << 30)
    loaded = run(tmp_path, "table", path)
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv", 3, "")])


def test_broken_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "courses.csv.gz").write_bytes(b"\x1f\x8b\x08\x00 cut")
    loaded = run(tmp_path, "table", tmp_path / "courses.csv.gz")
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv.gz", 0, "")])


def test_hidden_and_foreign_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "a.csv").write_bytes(COURSES)
    (folder / "notes.docx").write_bytes(b"x")
    (folder / "._a.csv").write_bytes(b"\x00\x05\x16\x07")
    assert list(run(tmp_path, "table", folder).records.values()) == ["all/a.csv:2"]


def test_packed_file_is_closed_with_what_is_read_from_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a\nb\n"))
    (member,) = sources.find_members(tmp_path / "a.csv.gz", ["csv"])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        assert list(sources.read_lines(member)) == [(1, "a\n"), (2, "b\n")]
        gc.collect()
    assert told == []
