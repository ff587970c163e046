"""What watches a running program's use of SQLAlchemy, inside of the program itself.

It needs the standard library and the program's own SQLAlchemy, imports nothing else of ours, and
is loaded without the rest where the program's interpreter has no dbwright. It changes nothing of
what the program does, keeps bounded memory, and never raises into it; facts go out as JSON.
"""
