"""The data sets that everybody has, without a network: scikit-learn's, and one that is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.catalog import TaskType
from shared.datasets.california_housing import load_california_housing
from shared.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

FRIEDMAN1_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """What is known of a named set without loading it."""

    name: str
    label: str
    task: TaskType
    target: str
    description: str
    rows: int
    #: the target included
    columns: int
    #: Python that makes ``frame``, the table, without Boostgrid
    code: str


def load_named(name: str) -> pd.DataFrame:
    """Return the named table, its target included. Raises DatasetError for another name or a damaged file."""
    if name not in NAMED_DATASETS:
        raise DatasetError(f"there is no data set named {name!r}; choose one of {', '.join(NAMED_DATASETS)}")
    return _LOADERS[name]()


def _shipped(loader: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        from sklearn import datasets

        frame: pd.DataFrame = getattr(datasets, loader)(as_frame=True).frame
        return frame

    return load


def _friedman1() -> pd.DataFrame:
    import pandas as pd
    from sklearn.datasets import make_friedman1

    X, y = make_friedman1(n_samples=FRIEDMAN1_ROWS, noise=1.0, random_state=0)
    return pd.DataFrame(X, columns=[f"x{number}" for number in range(1, 11)]).assign(y=y)


_LOADERS: dict[str, Callable[[], pd.DataFrame]] = {
    "california_housing": load_california_housing,
    "diabetes": _shipped("load_diabetes"),
    "breast_cancer": _shipped("load_breast_cancer"),
    "wine": _shipped("load_wine"),
    "digits": _shipped("load_digits"),
    "friedman1": _friedman1,
}


# scikit-learn's own function: the script that it stands in runs without Boostgrid, whose file this set is
_CALIFORNIA_CODE = """\
from sklearn.datasets import fetch_california_housing

# scikit-learn downloads this set once, 0.4 MB, and keeps it in the folder that SCIKIT_LEARN_DATA names
frame = fetch_california_housing(as_frame=True).frame"""


def _loader_code(function: str) -> str:
    return f"from sklearn.datasets import {function}\n\nframe = {function}(as_frame=True).frame"


_FRIEDMAN1_CODE = f"""\
import pandas as pd
from sklearn.datasets import make_friedman1

X, y = make_friedman1(n_samples={FRIEDMAN1_ROWS}, noise=1.0, random_state=0)
frame = pd.DataFrame(X, columns=[f"x{{number}}" for number in range(1, 11)]).assign(y=y)"""

#: the named sets by name, in the order of the form's list
NAMED_DATASETS: dict[str, NamedDataset] = {
    each.name: each
    for each in (
        NamedDataset(
            "california_housing",
            "California housing",
            TaskType.REGRESSION,
            "MedHouseVal",
            "Median house value of 20,640 districts (1990 census), in units of 100,000 dollars.",
            20_640,
            9,
            _CALIFORNIA_CODE,
        ),
        NamedDataset(
            "diabetes",
            "Diabetes",
            TaskType.REGRESSION,
            "target",
            "Progression of diabetes in 442 patients one year after baseline.",
            442,
            11,
            _loader_code("load_diabetes"),
        ),
        NamedDataset(
            "breast_cancer",
            "Breast cancer",
            TaskType.BINARY,
            "target",
            "Malignant (0) or benign (1), from 30 measurements of cell nuclei.",
            569,
            31,
            _loader_code("load_breast_cancer"),
        ),
        NamedDataset(
            "wine",
            "Wine",
            TaskType.MULTICLASS,
            "target",
            "Which of three growers made the wine, from 13 chemical measurements.",
            178,
            14,
            _loader_code("load_wine"),
        ),
        NamedDataset(
            "digits",
            "Digits",
            TaskType.MULTICLASS,
            "target",
            "Handwritten digits 0 to 9 as images of 8 × 8 pixels.",
            1_797,
            65,
            _loader_code("load_digits"),
        ),
        NamedDataset(
            "friedman1",
            "Friedman #1",
            TaskType.REGRESSION,
            "y",
            "20,000 computed rows: five of ten features matter, with interactions and noise.",
            FRIEDMAN1_ROWS,
            11,
            _FRIEDMAN1_CODE,
        ),
    )
}
