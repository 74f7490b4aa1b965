"""研修助手: the application — channels, storage, clock and composition root."""
