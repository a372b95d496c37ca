"""What the page, a notebook and the command line all call.

In a notebook::

    from shared.adapters.backends import open_queue, open_store
    from shared.domain import SweepSpec
    from shared.operations import follow, launch, winner
    from shared.settings import Settings

    settings = Settings()
    store, queue = open_store(settings), open_queue(settings)
    spec = SweepSpec.parse({
        "name": "First look",
        "library": "xgboost",
        "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
        "param_grid": {"learning_rate": [0.03, 0.1, 0.3], "max_depth": [2, 4]},
        "metrics": ["rmse", "r2"],
    })
    sweep = launch(spec, store, queue)
    for summary in follow(sweep.sweep_id, store):
        print(summary.succeeded, "of", sweep.size, "best", summary.best_score)
    best = winner(sweep, store)

Workers must be running: ``python -m worker``. Whoever changes something is named by ``by``: left out, it is the
system user whose process this is.
"""

from shared.operations.actions import Permit, authorise
from shared.operations.attempts import attempts_of
from shared.operations.control import cancel, delete, discard_dead_letters, retry_failed
from shared.operations.launching import ProgressCallback, launch, resume
from shared.operations.learning import learned_nothing, outcomes_of
from shared.operations.lost_queues import lost_queue_sentence, lost_queues
from shared.operations.meant_tables import contradiction, is_another, name_note
from shared.operations.mute_queues import mute_queue_sentence, mute_queues
from shared.operations.progress import FEW_TRIALS, folds_done, follow, winner
from shared.operations.queues import MOST_QUEUED_SWEEPS
from shared.operations.stored_tables import (
    dataset_users,
    delete_dataset,
    find_dataset,
    find_sweep,
    named_in,
    rename_dataset,
)
from shared.operations.suitability import NobodySuited, has_no_queue, nobody_suited, why_not
from shared.operations.tables import Bound, bind_dataset, check_declared, store_frame, store_named, stored_meant
from shared.operations.uploads import likely_task, rebuilding, see_again, store_upload, uploaded

__all__ = [
    "FEW_TRIALS",
    "MOST_QUEUED_SWEEPS",
    "Bound",
    "NobodySuited",
    "Permit",
    "ProgressCallback",
    "attempts_of",
    "authorise",
    "bind_dataset",
    "cancel",
    "check_declared",
    "contradiction",
    "dataset_users",
    "delete",
    "delete_dataset",
    "discard_dead_letters",
    "find_dataset",
    "find_sweep",
    "folds_done",
    "follow",
    "has_no_queue",
    "is_another",
    "launch",
    "learned_nothing",
    "likely_task",
    "lost_queue_sentence",
    "lost_queues",
    "mute_queue_sentence",
    "mute_queues",
    "name_note",
    "named_in",
    "nobody_suited",
    "outcomes_of",
    "rebuilding",
    "rename_dataset",
    "resume",
    "retry_failed",
    "see_again",
    "store_frame",
    "store_named",
    "store_upload",
    "stored_meant",
    "uploaded",
    "why_not",
    "winner",
]
