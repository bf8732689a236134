"""What every room uses and no room owns: partial rendering, safe Markdown, charts, waking the broker.

No models live here and nothing here knows a domain word of assessment.
"""
