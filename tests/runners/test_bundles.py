"""Bundles: what the site sends is unpacked whole, and anything odd is refused."""

import io
import stat
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners import bundles
from runners.bundles import BundleInvalid, unpack_bundle
from runners.protocol import folder_digest
from tests.runners.fake_site import zipped

NAMES = st.from_regex(r"\A[a-z_]{1,12}(/[a-z_]{1,12}){0,3}\.py\Z")


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=6))
def test_every_set_of_plain_files_comes_back_unchanged(files):
    assert unpack_bundle(zipped(files), sha256=folder_digest(files.items())) == files


@given(st.binary(max_size=400))
def test_noise_is_refused_and_nothing_else_happens(noise):
    with pytest.raises(BundleInvalid):
        unpack_bundle(noise, sha256="")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_bundle_never_passes_for_another(position, byte):
    files = {"needle.py": b"x = 1\n" * 20, "other.py": b""}
    content = bytearray(zipped(files))
    content[position % len(content)] = byte

    try:
        found = unpack_bundle(bytes(content), sha256=folder_digest(files.items()))
    except BundleInvalid:
        return
    assert found == files


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up.py", "a/../../b.py", "a\\b.py", "./a.py", "a//b.py", "folder/", "a\x1b.py", "x" * 2_000],
)
def test_a_name_that_is_not_plain_is_refused(name):
    with pytest.raises(BundleInvalid, match="plain"):
        unpack_bundle(zipped({name: b""}), sha256="")


def test_a_link_is_refused():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        entry = zipfile.ZipInfo("needle.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(BundleInvalid, match="plain file"):
        unpack_bundle(whole.getvalue(), sha256="")


def test_a_name_that_comes_twice_is_refused():
    whole = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(whole, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("needle.py", "one")
        archive.writestr("needle.py", "two")

    with pytest.raises(BundleInvalid, match="twice"):
        unpack_bundle(whole.getvalue(), sha256="")


def test_a_bomb_is_refused_before_it_unfolds(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_BUNDLE_BYTES", 1_000)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"\0" * 900)
        archive.writestr("b.py", b"\0" * 101)

    with pytest.raises(BundleInvalid, match="more than 1000 bytes"):
        unpack_bundle(whole.getvalue(), sha256="")


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_FILES", 3)

    with pytest.raises(BundleInvalid, match="at most 3"):
        unpack_bundle(zipped({f"{number}.py": b"" for number in range(4)}), sha256="")


def test_files_that_are_not_those_of_the_job_are_refused():
    with pytest.raises(BundleInvalid, match="digest"):
        unpack_bundle(zipped({"needle.py": b"1"}), sha256=folder_digest([("needle.py", b"2")]))
