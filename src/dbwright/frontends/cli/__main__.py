"""`python -m dbwright.frontends.cli`, for processes that cannot rely on the script."""

from dbwright.frontends.cli import main

main()
