import pytest

from harness import Case, Rig, SHARED


@pytest.fixture(scope="session")
def rig(tmp_path_factory):
    rig = Rig(tmp_path_factory.mktemp("rig"))
    yield rig
    rig.down()


@pytest.fixture
def make_case(rig, tmp_path):
    cases = []

    def make(**settings):
        case = Case(rig, tmp_path, **settings)
        cases.append(case)
        return case

    yield make
    for case in cases:
        case.close()


@pytest.fixture
def case(make_case):
    case = make_case()
    case.run("migrate")
    return case


@pytest.fixture
def uci_file():
    path = SHARED / "data/uci_online_retail/online_retail.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.parent} is not there: the UCI Online Retail data set is needed")
    return path
