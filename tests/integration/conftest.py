import contextlib
from pathlib import Path

import pytest

from harness import Case, Rig, SHARED


def pytest_addoption(parser):
    parser.addoption("--claims", metavar="DIR", help="share the modules with other runs that are given the same folder: each is run by who claims it first")


def pytest_configure(config):
    config.claimed = {}


def is_ours(config, module):
    if module not in config.claimed:
        try:
            (Path(config.getoption("claims")) / module).mkdir()
            config.claimed[module] = True
        except FileExistsError:
            config.claimed[module] = False
    return config.claimed[module]


def pytest_runtest_protocol(item):
    """True: the test is done with, here that it is another run's."""
    return True if item.config.getoption("claims") and not is_ours(item.config, item.module.__name__) else None


@pytest.fixture(scope="session")
def rig(tmp_path_factory):
    rig = Rig(tmp_path_factory.mktemp("rig"))
    rig.sync_to_disk(False)
    yield rig
    rig.down()


@pytest.fixture
def syncing_rig(rig):
    """For a test that kills PostgreSQL."""
    rig.sync_to_disk(True)
    yield rig
    rig.sync_to_disk(False)


@pytest.fixture
def make_case(rig, tmp_path):
    with contextlib.ExitStack() as stack:
        def make(**settings):
            case = Case(rig, tmp_path, **settings)
            stack.callback(case.close)
            return case

        yield make


@pytest.fixture
def case(make_case):
    case = make_case()
    case.migrate()
    return case


@pytest.fixture
def uci_file():
    path = SHARED / "data/uci_online_retail/online_retail.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.parent} is not there: the UCI Online Retail data set is needed")
    return path
