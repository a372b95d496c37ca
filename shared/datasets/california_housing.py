"""California housing, a file of the project: the very frame that scikit-learn's fetch_california_housing makes.

20,640 districts of the 1990 US census, from R. Kelley Pace and Ronald Barry, "Sparse Spatial Autoregressions",
Statistics and Probability Letters 33 (1997) 291-297 (https://lib.stat.cmu.edu/datasets/houses.zip). scikit-learn makes
its frame of cal_housing.tgz (https://ndownloader.figshare.com/files/5976036, SHA-256
aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681); the file here is that frame, written by
``frame.to_parquet(FILE, compression="zstd", compression_level=19, index=False)``. So launching needs no internet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from shared.datasets.tables import read_frame
from shared.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

FILE = Path(__file__).with_suffix(".parquet")

#: of the file; what it holds has content hash 693c4aea7c92, like the frame of scikit-learn's loader
SHA256 = "27fcfce1591fcd1a5f8383c85031681aa7ebb41a8971e05098f9185bc0bb5443"


def load_california_housing() -> pd.DataFrame:
    """Return the table with its target, MedHouseVal. Raises DatasetError if the installation's file is damaged."""
    try:
        parquet = FILE.read_bytes()
    except OSError as error:
        raise DatasetError(f"california_housing cannot be read ({error}); install Boostgrid again") from error
    if hashlib.sha256(parquet).hexdigest() != SHA256:
        raise DatasetError(f"{FILE} is not the file that Boostgrid comes with; install Boostgrid again")
    return read_frame(parquet)
