"""`runner schema`: JSON Schema of the campaign file, for editors."""


def schema() -> None:
    """Print the JSON Schema of a campaign file."""
    from runner.cli.output import print_json  # noqa: PLC0415
    from runner.config.schema import campaign_schema  # noqa: PLC0415

    print_json(campaign_schema())
