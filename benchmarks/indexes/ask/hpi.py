"""Runs one algorithm of index_selection_evaluation; started by peers.py in that tool's Python.

Reads {algorithm, parameters, queries: [{sql, calls}]} from standard input and prints a list of
CREATE INDEX in the algorithm's own order. A query's cost is multiplied by its calls, which the
algorithms leave out of account, and existing indexes stay, which they would drop.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from selection.algorithms.auto_admin_algorithm import (  # type: ignore[import-not-found]
    AutoAdminAlgorithm,
)
from selection.algorithms.db2advis_algorithm import (  # type: ignore[import-not-found]
    DB2AdvisAlgorithm,
)
from selection.algorithms.extend_algorithm import (  # type: ignore[import-not-found]
    ExtendAlgorithm,
)
from selection.dbms.postgres_dbms import (  # type: ignore[import-not-found]
    PostgresDatabaseConnector,
)
from selection.workload import Query, Workload  # type: ignore[import-not-found]
from selection.workload_parser import WorkloadParser  # type: ignore[import-not-found]

ALGORITHMS = {
    "extend": ExtendAlgorithm,
    "db2advis": DB2AdvisAlgorithm,
    "autoadmin": AutoAdminAlgorithm,
}


class Connector(PostgresDatabaseConnector):  # type: ignore[misc]
    """Their connector, with weights, and leaving the indexes of the schema where they are."""

    weights: dict[Any, float]

    def drop_indexes(self) -> None:
        """Drops nothing: primary keys stay."""

    def _prepare_query(self, query: Any) -> str:
        return str(query.text)

    def _get_cost(self, query: Any) -> float:
        return float(self._get_plan(query)["Total Cost"])

    def _get_plan(self, query: Any) -> dict[str, Any]:
        plan = super()._get_plan(query)
        return {**plan, "Total Cost": plan["Total Cost"] * self.weights[query]}


def main() -> None:
    """Reads the task, runs the algorithm, prints the indexes."""
    task = json.load(sys.stdin)
    database = os.environ["PGDATABASE"]
    parser = WorkloadParser("postgres", database, "")
    tables = parser.get_tables()
    connector = Connector(database, autocommit=True)
    connector.weights = {}
    queries = []
    for number, given in enumerate(task["queries"]):
        query = Query(number, given["sql"])
        parser.store_indexable_columns(query, tables)
        connector.weights[query] = given["calls"]
        queries.append(query)
    algorithm = ALGORITHMS[task["algorithm"]](connector, task["parameters"])
    chosen = algorithm.calculate_best_indexes(Workload(queries))
    json.dump(
        [f"create index on {i.table()} ({i.joined_column_names()})" for i in chosen], sys.stdout
    )


if __name__ == "__main__":
    main()
