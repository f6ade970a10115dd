import contextlib

import pytest

from harness import Case, Rig, SHARED


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
