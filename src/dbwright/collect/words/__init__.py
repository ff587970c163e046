"""The reader of words: a request in English becomes a brief, and each clause is accounted for.

A hand-written grammar, without a network and without a model. A line is a heading, an item of a
list or a sentence (`blocks`, `headings`, `reader`); a sentence is cut into clauses (`clauses`),
and the first construction that fits reads a clause (`sentence`): rules over time (`lifecycle`),
a domain's rules (`tenancy`), rules of values (`order`, `uniqueness`, `states`), ways of looking
rows up (`access`), verbs between things (`relations`), what is said of one attribute (`describe`).
What a sentence says beside its main clause is taken apart first (`apart`, `trailing`), and long
forms are said another way (`restate`). Lists of what a thing has are read item by item (`items`,
`qualifiers`, `values`, `attributes`).
What words mean is data: `vocabulary`, `phrases`, `verbs`, `morphology`, `keywords`.
"""

from dbwright.collect.words.reader import read

__all__ = ["read"]
