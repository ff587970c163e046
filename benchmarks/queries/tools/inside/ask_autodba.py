"""Asks AutoDBA's engine, as its MCP server does without a model; runs in its environment."""

import asyncio
import json
import sys

from autodba_mcp.engine.analyzer.ast_visitor import analyze_sql
from autodba_mcp.engine.analyzer.plan_parser import parse_plan
from autodba_mcp.engine.optimizer.agent import run_optimization

asked = json.load(sys.stdin)
plan = json.dumps(asked["plan"]) if asked["plan"] else None
report = analyze_sql(asked["sql"], "postgres")
result = asyncio.run(
    run_optimization(asked["sql"], "postgres", plan_text=plan, api_key=None, allow_llm=False)
)
answer = {
    "diagnostics": [diagnostic.model_dump() for diagnostic in report.diagnostics],
    "sql": result.optimized_sql,
    "fixed": result.antipatterns_fixed,
    "indexes": [index.model_dump() for index in result.ddl_recommendations],
}
if plan:
    parsed = parse_plan(plan, "postgres")
    answer["diagnostics"] += [found.model_dump() for found in parsed.bottlenecks]
    answer["indexes"] += [index.model_dump() for index in parsed.missing_indexes]
print(json.dumps(answer, default=str))
