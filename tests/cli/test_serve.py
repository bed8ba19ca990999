"""The page of a results folder over HTTP, as results come."""

import http.client
import shutil
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from front_door import command, lay, seqbench

pytest.importorskip("vl_convert")


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """Results of a suite, in results/birds."""
    folder = tmp_path_factory.mktemp("serve")
    lay(folder)
    seqbench("run", "birds.yaml", cwd=folder)
    shutil.copytree(folder / "results" / "birds", folder / "results" / "a <b>")
    return folder


@contextmanager
def serving(folder, cwd):
    """Serve a folder; give its address."""
    words = command("serve", folder, "--port", 0)
    with subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, text=True) as process:
        yield urlsplit(process.stdout.readline().split()[0])
        process.terminate()
    assert process.returncode in (0, 130)


@pytest.fixture(scope="module")
def all_of_them(birds):
    """The address of results."""
    with serving("results", birds) as address:
        yield address


def asked(address, path, method="GET", host=None):
    """Status and text."""
    line = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    line.request(method, path, headers={"Host": host or address.netloc})
    answer = line.getresponse()
    told = answer.status, answer.read().decode()
    line.close()
    return told


def test_a_folders_page_is_the_report_and_follows_the_records(birds):
    with serving("results/birds", birds) as address:
        assert address.hostname == "127.0.0.1"
        assert 'src="page"' in asked(address, "/")[1]
        page, stamp = asked(address, "/page")[1], asked(address, "/stamp")[1]
        assert "parrot" in page
        assert asked(address, "/stamp")[1] == stamp
        assert asked(address, "/page")[1] == page
        more = (birds / "birds.yaml").read_text().replace("seeds: 2", "seeds: 3")
        (birds / "birds.yaml").write_text(more)
        seqbench("run", "birds.yaml", cwd=birds)
        assert asked(address, "/stamp")[1] != stamp
        assert asked(address, "/page")[1] != page


def test_a_folder_of_results_lists_them(all_of_them):
    listed = asked(all_of_them, "/")[1]
    assert '<a href="birds/">birds</a>' in listed
    assert '<a href="a%20%3Cb%3E/">a &lt;b&gt;</a>' in listed
    assert 'src="page"' in asked(all_of_them, "/birds/")[1]
    assert "parrot" in asked(all_of_them, "/a%20%3Cb%3E/page")[1]


def test_before_the_first_result_it_waits(tmp_path):
    with serving("nowhere", tmp_path) as address:
        assert "No result yet" in asked(address, "/page")[1]


@pytest.mark.parametrize(
    "path", ["/../birds.py", "/birds/../../birds.py", "/%2e%2e/page", "/birds/records", "/x/page"]
)
def test_there_is_nothing_else(all_of_them, path):
    assert asked(all_of_them, path)[0] == 404


def test_a_foreign_name_and_another_method_are_refused(all_of_them):
    assert asked(all_of_them, "/birds/page", host=f"evil.example:{all_of_them.port}")[0] == 403
    assert asked(all_of_them, "/birds/page", method="POST")[0] == 501


def test_a_port_that_is_taken_is_named(all_of_them, birds):
    port = all_of_them.port
    done = seqbench("serve", "results/birds", "--port", port, cwd=birds)
    assert done.returncode == 2
    assert f"port {port} cannot be had" in done.stderr
    assert "--port 0" in done.stderr
