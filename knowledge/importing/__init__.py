"""From a document to clauses: cleaning and the clause tree."""
