"""The Jinja2 half of the compiler, which runs in worker processes: parsing, checking, splitting, rendering.

Nothing here imports Polars, pydantic or settings, and nothing here is trusted by the process that asks: a template is
hostile until merged. `service` answers messages; everything else serves it.
"""
