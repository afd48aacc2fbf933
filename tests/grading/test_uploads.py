"""Files and archives from strangers."""

import gzip
import io
import itertools
import random
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.submissions.errors import (
    ArchiveBroken,
    EntryRefused,
    FileMissing,
    FileNotAccepted,
    NameRefused,
    NameTwice,
    NothingUploaded,
    TooMuch,
    UploadRefused,
)
from grading.submissions.uploads import Upload, UploadLimits, check_files, read_uploads

LIMITS = UploadLimits(
    max_files=10,
    max_file_bytes=2_000_000,
    max_total_bytes=5_000_000,
    accepted_patterns=("*.py",),
    required_files=("needle.py",),
)


def zipped(*entries: tuple[str, bytes], **info: object) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for field, value in info.items():
                setattr(entry, field, value)
            archive.writestr(entry, content)
    return packed.getvalue()


def tarred(*entries: tuple[str, bytes] | tarfile.TarInfo, format: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=format) as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            archive.addfile(info, io.BytesIO(entry[1]))
    return packed.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def read(*files: tuple[str, bytes], limits: UploadLimits = LIMITS) -> dict[str, bytes]:
    uploads = read_uploads([(name, io.BytesIO(content)) for name, content in files], limits)
    return {upload.path: upload.content for upload in uploads}


def refused(*files: tuple[str, bytes], limits: UploadLimits = LIMITS) -> UploadRefused:
    with pytest.raises(UploadRefused) as refusal:
        read(*files, limits=limits)
    assert refusal.value.sentence.endswith(".")
    return refusal.value


def test_plain_files_are_taken_as_they_are() -> None:
    assert read(("needle.py", b"x"), ("b.py", b"y")) == {"needle.py": b"x", "b.py": b"y"}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_is_unpacked(pack: Callable[..., bytes]) -> None:
    name = "hw.zip" if pack is zipped else "hw.tar.gz"

    assert read((name, pack(("needle.py", b"x"), ("lib/b.py", b"y")))) == {"needle.py": b"x", "lib/b.py": b"y"}


@pytest.mark.parametrize("name", ["hw.zip", "hw.tgz"])
def test_the_one_folder_that_holds_everything_is_taken_off(name: str) -> None:
    pack = zipped if name.endswith("zip") else tarred

    assert read((name, pack(("hw1/needle.py", b"x"), ("hw1/lib/b.py", b"y")))) == {"needle.py": b"x", "lib/b.py": b"y"}


def test_a_folder_that_does_not_hold_the_required_file_stays() -> None:
    assert read(("hw1/other.py", b"x")) == {"hw1/other.py": b"x"}


def test_the_files_of_a_picked_folder_lose_its_name() -> None:
    assert read(("hw1/needle.py", b"x"), ("hw1/.DS_Store", b"\0")) == {"needle.py": b"x"}


def test_what_an_operating_system_leaves_does_not_count() -> None:
    content = zipped(("needle.py", b"x"), ("__MACOSX/._needle.py", b"m"), ("__pycache__/needle.pyc", b"p"))

    assert read(("hw.zip", content)) == {"needle.py": b"x"}


def test_folders_and_dots_in_a_tar_are_no_files() -> None:
    entries = [special(".", tarfile.DIRTYPE), special("./lib", tarfile.DIRTYPE), ("./needle.py", b"x")]

    assert read(("hw.tar.gz", tarred(*entries))) == {"needle.py": b"x"}


@pytest.mark.parametrize("name", ["../needle.py", "/needle.py", "C:/x.py", "a\\b.py", "a/../../b.py", "x\u202ey.py"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_dangerous_entry_is_refused_and_named(pack: Callable[..., bytes], name: str) -> None:
    refusal = refused(("hw.zip" if pack is zipped else "hw.tgz", pack(("needle.py", b"x"), (name, b"y"))))

    assert isinstance(refusal, NameRefused)
    assert name[:1] in refusal.sentence


def test_a_null_character_in_a_zip_is_refused() -> None:
    content = zipped(("needle.pyX.png", b"x")).replace(b"needle.pyX", b"needle.py\0")

    assert isinstance(refused(("hw.zip", content)), NameRefused)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
        (tarfile.CONTTYPE, ""),
        (b"Z", "special"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, word: str) -> None:
    content = tarred(("needle.py", b"x"), special("link.py", kind, "/etc/passwd"))

    if kind == tarfile.CONTTYPE:
        assert read(("hw.tgz", content))["link.py"] == b""  # an empty plain file to every tar there is
        return
    refusal = refused(("hw.tgz", content))
    assert isinstance(refusal, EntryRefused)
    assert "link.py" in refusal.sentence
    assert word in refusal.sentence


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(mode: int) -> None:
    refusal = refused(("hw.zip", zipped(("needle.py", b"/etc/passwd"), external_attr=(mode | 0o777) << 16)))

    assert isinstance(refusal, EntryRefused)
    assert "needle.py" in refusal.sentence


def test_a_sparse_entry_of_a_terabyte_is_refused() -> None:
    sparse = tarfile.TarInfo("big.py")
    sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    old = tarfile.TarInfo("old.py")
    old.type = tarfile.GNUTYPE_SPARSE

    for entry in (sparse, old):
        assert isinstance(refused(("hw.tgz", tarred(entry))), EntryRefused | ArchiveBroken | TooMuch)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bomb_is_refused_quickly(pack: Callable[..., bytes]) -> None:
    limits = UploadLimits(max_file_bytes=200_000_000, max_total_bytes=200_000_000)
    content = pack(("needle.py", b"\0" * 50_000_000))
    started = time.monotonic()

    refusal = refused(("hw.zip" if pack is zipped else "hw.tgz", content), limits=limits)

    assert isinstance(refusal, TooMuch)
    assert "100 times" in refusal.sentence
    assert time.monotonic() - started < 15


def test_a_zip_that_lies_about_a_size_is_refused() -> None:
    content = bytearray(zipped(("needle.py", b"a" * 5000)))
    central = content.rfind(b"PK\x01\x02")
    struct.pack_into("<L", content, central + 24, 10)

    assert isinstance(refused(("hw.zip", bytes(content))), ArchiveBroken)


def test_overlapping_entries_cannot_hold_more_than_is_allowed() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", random.Random(1).randbytes(900_000))
        info = archive.infolist()[0]
        for number in range(9):
            twin = zipfile.ZipInfo(f"b{number}.py")
            twin.header_offset, twin.CRC = info.header_offset, info.CRC
            twin.file_size, twin.compress_size = info.file_size, info.compress_size
            twin.compress_type = info.compress_type
            archive.filelist.append(twin)

    refused(("hw.zip", packed.getvalue()))


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_too_many_entries_are_refused_before_they_are_read(pack: Callable[..., bytes]) -> None:
    content = pack(*((f"{number}.py", random.Random(number).randbytes(20)) for number in range(2_100)))

    refusal = refused(("hw.zip" if pack is zipped else "hw.tgz", content), limits=UploadLimits(max_files=100_000))

    assert isinstance(refusal, TooMuch)
    assert "2000" in refusal.sentence


def test_more_files_than_the_assessment_takes_are_refused() -> None:
    assert isinstance(refused(*((f"{n}.py", b"x") for n in range(11))), TooMuch)


def test_a_file_that_is_too_large_is_named() -> None:
    refusal = refused(("needle.py", b"x" * 2_000_001))

    assert isinstance(refusal, TooMuch)
    assert "needle.py" in refusal.sentence
    assert "2 MB" in refusal.sentence


def test_files_that_are_too_large_together_are_refused() -> None:
    assert isinstance(refused(*((f"{n}.py", b"x" * 1_900_000) for n in range(3))), TooMuch)


def test_folders_within_folders_have_an_end() -> None:
    assert isinstance(refused(("hw.zip", zipped(("/".join("d" * 20) + "/needle.py", b"x")))), TooMuch)


def test_an_archive_inside_an_archive_is_refused() -> None:
    refusal = refused(("hw.zip", zipped(("inner.zip", zipped(("needle.py", b"x"))))))

    assert isinstance(refusal, EntryRefused)
    assert "inner.zip" in refusal.sentence


@pytest.mark.parametrize("second", ["needle.py", "Needle.py", "needle.py/x.py"])
@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_colliding_entries_are_refused(pack: Callable[..., bytes], second: str) -> None:
    content = pack(("needle.py", b"x"), (second, b"y"))

    assert isinstance(refused(("hw.zip" if pack is zipped else "hw.tgz", content)), NameTwice)


def test_a_file_beside_an_archive_that_holds_the_same_name_is_refused() -> None:
    assert isinstance(refused(("needle.py", b"x"), ("hw.zip", zipped(("needle.py", b"y")))), NameTwice)


def test_an_encrypted_zip_is_refused_with_the_reason() -> None:
    content = bytearray(zipped(("needle.py", b"x")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        content[at + offset] |= 1

    refusal = refused(("hw.zip", bytes(content)))

    assert isinstance(refusal, ArchiveBroken)
    assert "password" in refusal.sentence


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_is_refused(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("needle.py", b"x" * 100)

    assert isinstance(refused(("hw.zip", packed.getvalue())), ArchiveBroken)


def test_utf_8_names_are_read_also_where_the_zip_does_not_say_so() -> None:
    content = zipped(("caf\u00e9.py", b"x"), ("needle.py", b"y"))
    silent = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        at = silent.find(mark)
        silent[at + offset] &= ~0x08 & 0xFF

    assert set(read(("hw.zip", bytes(silent)))) == {"caf\u00e9.py", "needle.py"}


def test_a_name_in_another_encoding_is_refused() -> None:
    content = zipped(("cafX.py", b"x")).replace(b"cafX", b"caf\xe9")

    assert "UTF-8" in refused(("hw.zip", content)).sentence


def test_a_tar_name_in_another_encoding_is_refused() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.USTAR_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("caf\u00e9.py"))

    assert isinstance(refused(("hw.tgz", packed.getvalue())), NameRefused)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hw.zip", b""),
        ("hw.zip", b"not a zip"),
        ("hw.zip", b"PK\x05\x06" + b"\0" * 3),
        ("hw.zip", zipped(("needle.py", b"x" * 999))[:-30]),
        ("hw.zip", tarred(("needle.py", b"x"))),
        ("hw.tgz", b""),
        ("hw.tgz", b"not a tar"),
        ("hw.tgz", tarred(("needle.py", b"x" * 9999))[:-20]),
        ("hw.tar.gz", zipped(("needle.py", b"x"))),
    ],
    # By number: a packed archive holds the second in which it was made, and every worker must collect the same names.
    ids=itertools.count(),
)
def test_a_broken_archive_is_refused(name: str, content: bytes) -> None:
    assert isinstance(refused((name, content)), ArchiveBroken | NothingUploaded)


@pytest.mark.parametrize("name", ["hw.zip", "hw.tgz"])
def test_an_empty_archive_is_refused(name: str) -> None:
    assert isinstance(refused((name, zipped() if name == "hw.zip" else tarred())), NothingUploaded)


def test_a_chain_of_extension_headers_ends_in_a_sentence() -> None:
    header = special("x", tarfile.XHDTYPE).tobuf(format=tarfile.USTAR_FORMAT)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for _ in range(3_000):
            archive.fileobj.write(header)

    refused(("hw.tgz", packed.getvalue()))


def extended(*contents: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Return an archive of one file with these extension headers before it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for content in contents:
            header = special("x", kind)
            header.size = len(content)
            archive.fileobj.write(header.tobuf(format=tarfile.USTAR_FORMAT))
            archive.fileobj.write(content + bytes(-len(content) % tarfile.BLOCKSIZE))
        archive.addfile(tarfile.TarInfo("needle.py"))
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        bytes(random.Random(1).choices(b"0123456789", k=50_000)),
        b"4 ab" * 15_000 + b"=",
        b"50012 comment=" + b"7" * 49_997 + b"\n",
        b"11 path=x=" * 5_000,
        b"0 path=x\n",
        b"99999 path=x\n",
    ],
    ids=itertools.count(),
)
def test_an_extension_header_that_is_slow_to_read_is_refused_unread(content: bytes) -> None:
    assert isinstance(refused(("hw.tgz", extended(content))), ArchiveBroken)


def test_extension_headers_have_a_limit_together_and_global_ones_a_small_one() -> None:
    letters = bytes(random.Random(1).choices(b"abcdefghijklmnopqrstuvwxyz", k=30_000))
    long, wide = b"30015 comment=" + letters + b"\n", b"5014 comment=" + letters[:5_000] + b"\n"

    assert read(("hw.tgz", extended(*[long] * 9))) == {"needle.py": b""}
    assert isinstance(refused(("hw.tgz", extended(*[long] * 90))), ArchiveBroken)
    assert isinstance(refused(("hw.tgz", extended(wide, kind=tarfile.XGLTYPE))), ArchiveBroken)


@pytest.mark.parametrize("size", [-1, -512, -1024, -(1 << 40)])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_a_tar_entry_of_a_negative_size_is_refused(kind: bytes, size: int) -> None:
    header = bytearray(special("needle.py", kind).tobuf(format=tarfile.GNU_FORMAT))
    header[124:136] = (256**12 + size).to_bytes(12, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])

    refused(("hw.tgz", gzip.compress(bytes(header) + bytes(2_048))))


@settings(max_examples=400, deadline=None)
@given(st.booleans(), st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=12), st.integers(0, 9))
def test_no_damaged_archive_gives_anything_but_files_or_a_refusal(
    is_zip: bool, damage: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray((zipped if is_zip else tarred)(("needle.py", b"x = 1\n" * 50), ("lib/b.py", b"y")))
    for place, value in damage:
        content[place % len(content)] = value
    if cut == 0:
        content = content[: len(content) // 2]

    try:
        found = read(("hw.zip" if is_zip else "hw.tgz", bytes(content)))
    except UploadRefused:
        return

    assert found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12))
def test_no_damaged_tar_inside_a_sound_gzip_gives_anything_else(damage: list[tuple[int, int]]) -> None:
    content = bytearray(gzip.decompress(tarred(("needle.py", b"x = 1\n" * 50), ("lib/b.py", b"y"))))
    for place, value in damage:
        content[place % 3_000] = value

    try:
        found = read(("hw.tgz", gzip.compress(bytes(content), 1)))
    except UploadRefused:
        return

    assert found


def test_a_missing_file_is_named_with_what_was_sent() -> None:
    with pytest.raises(FileMissing) as refusal:
        check_files([Upload(path="nedle.py", content=b"")], LIMITS)

    assert "“needle.py” is missing" in refusal.value.sentence
    assert "nedle.py" in refusal.value.sentence


def test_a_file_of_another_kind_is_named_with_what_is_taken() -> None:
    uploads = [Upload(path="needle.py", content=b""), Upload(path="notes.txt", content=b"")]

    with pytest.raises(FileNotAccepted) as refusal:
        check_files(uploads, LIMITS)

    assert "notes.txt" in refusal.value.sentence
    assert "*.py" in refusal.value.sentence


def test_a_required_file_is_taken_whatever_the_patterns_say() -> None:
    limits = UploadLimits(accepted_patterns=("*.py",), required_files=("report.md",))

    check_files([Upload(path="report.md", content=b"x")], limits)


def test_nothing_is_refused_with_a_sentence() -> None:
    with pytest.raises(NothingUploaded):
        check_files([], LIMITS)


@pytest.mark.parametrize("path", ["needle.ipynb", "needle.py"])
def test_a_notebook_does_for_the_required_module_of_the_same_name(path: str) -> None:
    check_files([Upload(path=path, content=b"{}")], LIMITS)


def test_a_notebook_of_another_name_does_not_do_for_a_required_module() -> None:
    with pytest.raises(FileMissing, match=r"“needle.py” is missing. You sent: .*other\.ipynb"):
        check_files([Upload(path="other.ipynb", content=b"{}")], LIMITS)


def test_a_notebook_does_not_do_for_a_required_file_that_is_no_module() -> None:
    limits = UploadLimits(required_files=("report.md",))

    with pytest.raises(FileMissing):
        check_files([Upload(path="report.ipynb", content=b"{}")], limits)


def test_a_notebook_is_not_taken_where_its_module_would_not_be() -> None:
    limits = UploadLimits(accepted_patterns=("*.md",))

    with pytest.raises(FileNotAccepted):
        check_files([Upload(path="a.md", content=b""), Upload(path="needle.ipynb", content=b"{}")], limits)


def test_the_one_folder_around_a_notebook_is_taken_off_like_any_other() -> None:
    archive = zipped(("homework/needle.ipynb", b"{}"), ("homework/extra.py", b""))

    uploads = read_uploads([("all.zip", io.BytesIO(archive))], LIMITS)

    assert [upload.path for upload in uploads] == ["extra.py", "needle.ipynb"]
