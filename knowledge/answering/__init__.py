"""Question → answer as one ordered list of steps: understand, retrieve, decide, compose."""
