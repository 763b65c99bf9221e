"""From Jinja2 to ten slots of thirty characters, proved for every row (design, section 6).

    templates ─analyse─► Program ─render─► expanded texts and pieces ─shape─► forms and holes ─allocate─► cohorts ─lower─► slots

The Jinja2 half (`runner.compile.jinja`) runs in bounded worker processes and imports neither Polars nor settings. The
columnar half never sees Jinja2. Between them stand literals, branches and units.
"""
