"""Asks dataxplan about a plan, with what the catalog knows; runs in its environment."""

import json
import sys

import dataxplan

asked = json.load(sys.stdin)
report = dataxplan.analyze(asked["plan"], context=asked["catalog"] or None)
print(json.dumps(report.to_dict(), default=str))
