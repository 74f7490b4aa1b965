"""研修助手: the application — channels, storage, clock and composition root."""

import os

# One product of a small matrix needs no thread pool; a second pool beside the sentence model's makes
# single questions wait a tenth of a second. Must be set before numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Threads of the sentence model that wait for each other sleep: spinning, they take ten times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
