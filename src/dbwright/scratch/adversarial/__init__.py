"""Small databases on which two queries are likely to differ, if they can differ at all."""
