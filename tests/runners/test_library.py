"""Suites from the site: fetched once, checked each time, and no more on disk than there is room for."""

import os
import shutil

import pytest

from runners.bundles import BundleInvalid
from runners.library import IN_MEMORY, SuiteLibrary
from runners.protocol import folder_digest, suite_files
from runners.sandboxes.base import SandboxFault
from runners.site_client import SiteClient, SiteRefused
from runners.suites import SUITES_FOLDER, load_suite
from tests.runners.fake_site import TOKEN, FakeSite, zipped

AUTODIFF = SUITES_FOLDER / "autodiff"


class Site:
    """Sends the suites that it has, and counts how often."""

    def __init__(self, *suites):
        self.suites = {folder_digest(files): dict(files) for files in suites}
        self.asked = []

    def fetch(self, digest):
        self.asked.append(digest)
        return zipped(self.suites[digest])


def variant(number):
    """Return autodiff's files with another comment in its cases, as one that came later."""
    files = dict(suite_files(AUTODIFF))
    return list((files | {"cases.py": files["cases.py"] + f"# {number}\n".encode()}).items())


@pytest.fixture
def site():
    return Site(variant(0))


@pytest.fixture
def digest(site):
    return next(iter(site.suites))


def test_a_suite_of_this_host_is_not_fetched(site, tmp_path):
    own = load_suite(AUTODIFF)

    assert SuiteLibrary({"autodiff": own}, site.fetch, tmp_path).get("autodiff", own.digest) is own
    assert site.asked == []


def test_a_suite_is_fetched_once_and_is_there_for_the_next_process(site, digest, tmp_path):
    library = SuiteLibrary({}, site.fetch, tmp_path)

    first, again = library.get("autodiff", digest), library.get("autodiff", digest)
    later = SuiteLibrary({}, site.fetch, tmp_path).get("autodiff", digest)

    assert first is again
    assert (later.digest, later.manifest, site.asked) == (digest, first.manifest, [digest])


def test_what_was_changed_on_disk_is_fetched_again(site, digest, tmp_path):
    folder = SuiteLibrary({}, site.fetch, tmp_path).get("autodiff", digest).folder
    (folder / "reference" / "needle.py").write_text("def everything(): return 'right'\n")

    suite = SuiteLibrary({}, site.fetch, tmp_path).get("autodiff", digest)

    assert suite.digest == digest
    assert len(site.asked) == 2


def test_half_a_suite_on_disk_is_fetched_again(site, digest, tmp_path):
    folder = SuiteLibrary({}, site.fetch, tmp_path).get("autodiff", digest).folder
    shutil.rmtree(folder / "reference")

    assert SuiteLibrary({}, site.fetch, tmp_path).get("autodiff", digest).reference_files


def test_what_does_not_have_the_digest_is_not_used(site, tmp_path):
    wrong = "0" * 64
    site.suites[wrong] = dict(variant(1))

    with pytest.raises(BundleInvalid, match="digest"):
        SuiteLibrary({}, site.fetch, tmp_path / "cache").get("autodiff", wrong)

    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("name", "digest"), [("autodiff", "../../etc"), ("autodiff", ""), ("../autodiff", "0" * 64), ("", "0" * 64)]
)
def test_neither_name_nor_digest_leads_out_of_the_cache(name, digest, site, tmp_path):
    with pytest.raises(SandboxFault):
        SuiteLibrary({}, site.fetch, tmp_path / "cache").get(name, digest)

    assert site.asked == []
    assert not (tmp_path / "cache").exists()


def test_a_suite_of_another_name_than_the_job_says_is_our_fault(site, digest, tmp_path):
    with pytest.raises(SandboxFault):
        SuiteLibrary({}, site.fetch, tmp_path).get("another", digest)


def test_what_was_not_used_for_longest_makes_room(tmp_path):
    cache = tmp_path / "cache"
    site = Site(*(variant(number) for number in range(3)))
    first, second, third = site.suites
    for age, digest in ((100, first), (200, second)):
        SuiteLibrary({}, site.fetch, cache).get("autodiff", digest)
        os.utime(cache / digest, (age, age))
    size = sum(path.stat().st_size for path in (cache / first).rglob("*") if path.is_file())

    SuiteLibrary({}, site.fetch, cache, max_bytes=2 * size + 100).get("autodiff", third)

    assert {place.name for place in cache.iterdir()} == {second, third}


def test_what_is_in_use_stays_however_little_room_there_is(tmp_path):
    site = Site(variant(0), variant(1))
    library = SuiteLibrary({}, site.fetch, tmp_path, max_bytes=1)

    folders = [library.get("autodiff", digest).folder for digest in site.suites]

    assert all(folder.is_dir() for folder in folders)
    assert IN_MEMORY >= 2


def test_a_cache_that_cannot_be_written_is_our_fault(site, digest, tmp_path):
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(SandboxFault, match="cannot be written"):
        SuiteLibrary({}, site.fetch, tmp_path / "cache").get("autodiff", digest)


def test_a_suite_that_the_site_does_not_have_is_a_refusal():
    with FakeSite().serving() as running:
        running.fail["0" * 64] = [404]

        with pytest.raises(SiteRefused, match="no suite with the digest"):
            SiteClient(running.url, TOKEN).suite("0" * 64)
