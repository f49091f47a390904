"""One script a step. They are frozen: what a released program has run is never changed."""
