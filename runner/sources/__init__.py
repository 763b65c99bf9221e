"""Reading of audience files and exclusion lists, and the scratch folder: files in, frames of text out.

Everything is read as text and read strictly: what a lenient reader would mend silently costs people their call, or
calls somebody else. Errors name file, row numbers and the kind of problem, never the content of a cell. Nothing here
knows what a phone number is.
"""
