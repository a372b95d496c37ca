"""How long the parent believes, waits and forgets, in seconds, where several of its parts do."""

#: what the store said of a sweep, of the other workers, or of the best trials, is believed this long
BELIEVE_SECONDS = 1.0
#: after the store failed to say so, it is not asked for this long
STORE_PAUSE_SECONDS = 5.0
#: a sweep that was not asked for during this time is forgotten
FORGET_SECONDS = 60.0
#: how often it is asked whether what was evaluated elsewhere has an outcome by now
RECHECK_SECONDS = 2.0
