"""What follows from facts by a named rule: due dates, limits, sums. Shared by answers and guided checks."""
