"""One model under several names: the catalog's equivalences, applied and explained."""

from shared.planning.same_model.canonical import Grid, full_params, with_defaults
from shared.planning.same_model.reasons import WRITTEN_AGAIN, merging_reasons, why_same

__all__ = ["WRITTEN_AGAIN", "Grid", "full_params", "merging_reasons", "why_same", "with_defaults"]
