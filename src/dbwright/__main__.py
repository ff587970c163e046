"""`python -m dbwright`."""

from dbwright.frontends.cli import main

main()
