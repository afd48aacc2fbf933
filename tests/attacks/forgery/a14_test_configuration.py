"""A14: ship the configuration of a test runner

Stopped by: nothing in the jail reads any; the checks are the suite's, by their ids in the manifest.
"""


def attacked(numbers):
    return numbers


# ---- file: conftest.py
def pytest_runtest_makereport(item, call):
    print("GOT conftest")


# ---- file: pytest.ini
#: [pytest]
#: addopts = --collect-only
# ---- file: setup.cfg
#: [tool:pytest]
#: python_functions = nothing
# ---- file: manifest.json
#: {"cases": [{"id": "attacked", "points": "0"}]}
# ---- file: cases.py
from gpu_worker.harness.cases import case
