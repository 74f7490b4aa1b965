"""研修助手: the application — channels, storage, clock and composition root."""

import os

# One product of a small matrix needs no thread pool; a second pool beside the sentence model's makes
# single questions wait a tenth of a second. Must be set before numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# The sentence model's threads spin only shortly before they sleep: as quick on an idle machine, and on a busy one
# they do not hold each other up (spinning on, one question in fifty took a second there).
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
