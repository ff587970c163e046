"""Whether two queries return the same rows, tried on small adversarial databases."""

from dbwright.verify.same_rows.tester import DATABASES, same_rows

__all__ = ["DATABASES", "same_rows"]
